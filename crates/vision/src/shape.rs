//! The declared input shape of an ONNX file → the same file with another one.
//!
//! The pure-Rust engine optimises a network for one input shape and takes that shape from the
//! file. Only the few bytes that hold it are read and written here; the network itself stays
//! opaque. Field numbers: onnx.proto3 of ONNX 1.16 (`ModelProto.graph` 7, `GraphProto.input` 11,
//! `ValueInfoProto.type` 2, `TypeProto.tensor_type` 1, `Tensor.shape` 2, `TensorShapeProto.dim` 1,
//! `Dimension.dim_value` 1); wire format: protobuf encoding.

/// The fields that lead from a model to the dimensions of its inputs.
const PATH: [u64; 5] = [7, 11, 2, 1, 2];

/// A file that is no ONNX model with exactly one input of the asked rank.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an ONNX model with one input of {rank} dimensions: {reason}")]
pub(crate) struct ShapeError {
    /// How many dimensions were asked for.
    pub(crate) rank: usize,
    /// What is wrong.
    pub(crate) reason: &'static str,
}

/// The model with its only input declared as `dims`.
///
/// # Errors
/// Broken encoding, no input or more than one, or another rank.
pub(crate) fn with_input_shape(model: &[u8], dims: &[usize]) -> Result<Vec<u8>, ShapeError> {
    let error = |reason| ShapeError {
        rank: dims.len(),
        reason,
    };
    let mut shapes = 0;
    let out = rewrite(model, &PATH, dims, &mut shapes).map_err(error)?;
    match shapes {
        1 => Ok(out),
        0 => Err(error("no input shape")),
        _ => Err(error("several inputs")),
    }
}

fn rewrite(
    message: &[u8],
    path: &[u64],
    dims: &[usize],
    shapes: &mut usize,
) -> Result<Vec<u8>, &'static str> {
    let Some((&wanted, deeper)) = path.split_first() else {
        *shapes += 1;
        return shape_message(message, dims);
    };
    let mut out = Vec::with_capacity(message.len() + 16);
    let mut rest = message;
    while !rest.is_empty() {
        let field = Field::read(&mut rest)?;
        if field.number == wanted && field.is_message {
            let inner = rewrite(field.content, deeper, dims, shapes)?;
            write_message(&mut out, field.number, &inner);
        } else {
            out.extend_from_slice(field.whole);
        }
    }
    Ok(out)
}

/// A `TensorShapeProto` with fixed dimensions, in place of one of the same rank.
fn shape_message(old: &[u8], dims: &[usize]) -> Result<Vec<u8>, &'static str> {
    let mut rank = 0;
    let mut rest = old;
    while !rest.is_empty() {
        rank += usize::from(Field::read(&mut rest)?.number == 1);
    }
    if rank != dims.len() {
        return Err("another number of dimensions");
    }
    let mut out = Vec::new();
    for &dim in dims {
        let mut inner = vec![1 << 3];
        write_varint(&mut inner, dim as u64);
        write_message(&mut out, 1, &inner);
    }
    Ok(out)
}

struct Field<'a> {
    number: u64,
    is_message: bool,
    content: &'a [u8],
    whole: &'a [u8],
}

impl<'a> Field<'a> {
    fn read(rest: &mut &'a [u8]) -> Result<Self, &'static str> {
        let start = *rest;
        let key = read_varint(rest)?;
        let len = match key & 7 {
            0 => {
                read_varint(rest)?;
                0
            }
            1 => 8,
            2 => usize::try_from(read_varint(rest)?).map_err(|_| "a field that is too long")?,
            5 => 4,
            _ => return Err("an unknown wire type"),
        };
        let content = rest.get(..len).ok_or("ends within a field")?;
        *rest = &rest[len..];
        Ok(Self {
            number: key >> 3,
            is_message: key & 7 == 2,
            content,
            whole: &start[..start.len() - rest.len()],
        })
    }
}

fn read_varint(rest: &mut &[u8]) -> Result<u64, &'static str> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, after) = rest.split_first().ok_or("ends within a number")?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err("a number that is too long")
}

fn write_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn write_message(out: &mut Vec<u8>, number: u64, inner: &[u8]) {
    write_varint(out, number << 3 | 2);
    write_varint(out, inner.len() as u64);
    out.extend_from_slice(inner);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(path: &[u64], inner: &[u8]) -> Vec<u8> {
        let mut message = inner.to_vec();
        for &number in path.iter().rev() {
            let mut outer = Vec::new();
            write_message(&mut outer, number, &message);
            message = outer;
        }
        message
    }

    #[test]
    fn only_the_shape_changes() {
        // ir_version 10, then a graph whose input has one symbolic and one fixed dimension.
        let mut old = Vec::new();
        write_message(&mut old, 1, b"\x12\x01N");
        write_message(&mut old, 1, b"\x08\x03");
        let model = [vec![8, 10], nested(&PATH, &old), vec![0x3a, 2, 0x12, 0]].concat();
        let patched = with_input_shape(&model, &[1, 640]).unwrap();
        let mut new = Vec::new();
        write_message(&mut new, 1, &[8, 1]);
        write_message(&mut new, 1, &[8, 0x80, 5]);
        let expected = [vec![8, 10], nested(&PATH, &new), vec![0x3a, 2, 0x12, 0]].concat();
        assert_eq!(patched, expected);
        let again = with_input_shape(&patched, &[1, 640]).unwrap();
        assert_eq!(again, expected);
    }

    #[test]
    fn broken_files_are_refused() {
        let mut shape = Vec::new();
        write_message(&mut shape, 1, b"\x08\x03");
        let good = nested(&PATH, &shape);
        for (model, dims, reason) in [
            (Vec::new(), vec![3], "no input shape"),
            (good.clone(), vec![3, 4], "another number of dimensions"),
            (
                good[..good.len() - 1].to_vec(),
                vec![3],
                "ends within a field",
            ),
            ([good.clone(), good].concat(), vec![3], "several inputs"),
            (vec![0xff; 12], vec![3], "a number that is too long"),
            (vec![0x3b], vec![3], "an unknown wire type"),
        ] {
            let error = with_input_shape(&model, &dims).unwrap_err();
            assert_eq!(error.reason, reason);
        }
    }
}
