"""Makes the files of sim/fonts/ again from the packages that carry the typefaces.

Each face is taken from a PyPI wheel, pinned by version and hash, fixed at one
weight, cut down to the characters that containers, trucks and plates carry, and
written with quadratic outlines, without hints and layout rules. Chinese signs
get their mainland forms.

    .tools/fonts/bin/python tools/fonts.py          write sim/fonts/
    .tools/fonts/bin/python tools/fonts.py --check  compare, change nothing

Wants the packages of tools/fonts-requirements.txt. The result is the same,
byte for byte, on every run.
"""

import io
import pathlib
import tempfile

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.filterPen import DecomposingFilterPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

from wheels import settle, wheel

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "sim" / "fonts"

LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,:-/'()&+"
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
ENDINGS = "挂学警港澳使领"

WHEELS = {
    "fontpkg-archivo-narrow==3.2": "b57320a6bfc5fe7d10749ad71eea8b7ac87ffda44d482f156f1ff64518cd02db",
    "fontpkg-roboto-condensed==3.8": "b56f599e211bdeab356cf18e4b0af4e4665a18d6586455a3650a374f03ae745c",
    "cvttf-notosanscjk-bold==1.0": "39b7de5f434b2f84fed7726c276df598c92be71c3137df47de532e73f3a2e3bc",
}
FACES = [
    # our name, wheel, member, place on the axes, characters, licence member
    (
        "archivo-narrow",
        "fontpkg-archivo-narrow==3.2",
        "fontpkg_archivo_narrow/files/ArchivoNarrow[wght].ttf",
        {"wght": 700},
        LATIN,
        "fontpkg_archivo_narrow/LICENSE",
    ),
    (
        "roboto-condensed",
        "fontpkg-roboto-condensed==3.8",
        "fontpkg_roboto_condensed/files/RobotoCondensed[wght].ttf",
        {"wght": 600},
        LATIN,
        "fontpkg_roboto_condensed/LICENSE",
    ),
    (
        "noto-sans-cjk",
        "cvttf-notosanscjk-bold==1.0",
        "cvttf_NotoSansCJK_Bold/NotoSansCJKtc-Bold.otf",
        None,
        PROVINCES + ENDINGS,
        None,
    ),
]
# Quadratic outlines may differ from the cubic ones by so many thousandths of an em.
OUTLINE_ERROR = 1.0


def mainland_forms(font):
    """Glyph names to those that the font's own rules give for simplified Chinese."""
    table = font["GSUB"].table
    forms = {}
    for script in table.ScriptList.ScriptRecord:
        for language in script.Script.LangSysRecord:
            if script.ScriptTag != "hani" or language.LangSysTag.strip() != "ZHS":
                continue
            for at in language.LangSys.FeatureIndex:
                record = table.FeatureList.FeatureRecord[at]
                if record.FeatureTag != "locl":
                    continue
                for lookup in record.Feature.LookupListIndex:
                    for rule in table.LookupList.Lookup[lookup].SubTable:
                        rule = getattr(rule, "ExtSubTable", rule)
                        forms.update(getattr(rule, "mapping", {}))
    return forms


def cut_down(content, axes, characters):
    """A font file with nothing but the outlines of the characters."""
    font = TTFont(io.BytesIO(content), recalcTimestamp=False)
    if axes:
        font = instancer.instantiateVariableFont(font, axes)
    forms = mainland_forms(font) if "CFF " in font else {}
    glyphs, cmap, source = font.getGlyphSet(), font.getBestCmap(), {}
    for character in characters:
        name = cmap[ord(character)]
        source[ord(character)] = forms.get(name, name)
    order = [".notdef"] + sorted(set(source.values()) - {".notdef"})
    outlines, metrics = {}, {}
    per_em = font["head"].unitsPerEm
    for name in order:
        pen = TTGlyphPen(None)
        if "CFF " in font:
            # Cubic outlines run the other way round.
            to = Cu2QuPen(pen, OUTLINE_ERROR * per_em / 1000, reverse_direction=True)
        else:
            to = DecomposingFilterPen(pen, glyphs)
        glyphs[name].draw(to)
        outline = pen.glyph()
        outlines[name] = outline
        left = min((x for x, _ in outline.coordinates), default=0) if outline.numberOfContours else 0
        metrics[name] = (round(glyphs[name].width), round(left))
    builder = FontBuilder(per_em, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(source)
    builder.setupGlyf(outlines)
    builder.setupHorizontalMetrics(metrics)
    builder.setupHorizontalHeader(ascent=font["hhea"].ascent, descent=font["hhea"].descent)
    capital = getattr(font["OS/2"], "sCapHeight", 0)
    builder.setupOS2(sTypoAscender=font["hhea"].ascent, sCapHeight=capital, version=4)
    notice = font["name"].getDebugName
    builder.setupNameTable({
        "copyright": notice(0), "familyName": notice(1) + " Cut", "styleName": "Regular",
        "licenseDescription": notice(13), "licenseInfoURL": notice(14),
    })
    builder.setupPost(keepGlyphNames=False)
    builder.font["head"].created = builder.font["head"].modified = font["head"].modified
    builder.font.recalcTimestamp = False
    out = io.BytesIO()
    builder.font.save(out)
    return out.getvalue()


def made():
    with tempfile.TemporaryDirectory() as folder:
        for name, requirement, member, axes, characters, licence in FACES:
            archive = wheel(requirement, WHEELS[requirement], folder)
            yield f"{name}.ttf", cut_down(archive.read(member), axes, characters)
            if licence:
                yield f"{name}-licence.txt", archive.read(licence).replace(b"\r\n", b"\n")


if __name__ == "__main__":
    settle(__doc__, FOLDER, made)
