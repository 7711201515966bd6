import type { Recipe } from './recipe.js';

export default {
  name: 'fonttools',
  source: 'wheels fonttools 4.53.0, 4.57.0, 4.61.1, 4.68.0 (CPython 3.12 and 3.13, x86_64), measured 2026-11',
  provedOn: '>=4.53,<4.69',
  rules: [
    {
      name: 'accelerators',
      files: ['fontTools/**/*.so'],
      because:
        'Each is a compiled copy of a Python module that lies beside it, which Python imports instead.',
      level: 'aggressive',
      loses: 'speed of curve conversion and of reading feature files (the same code runs in plain Python)',
      overVeto: true,
    },
  ],
  probe: `
import io
import os
from fontTools.fontBuilder import FontBuilder
from fontTools.misc import bezierTools
from fontTools.pens.momentsPen import MomentsPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.cu2qu import curve_to_quadratic
from fontTools import subset, ttLib
from fontTools.feaLib.lexer import Lexer
from fontTools.varLib import iup

pen = TTGlyphPen(None)
pen.moveTo((0, 0))
pen.lineTo((500, 0))
pen.lineTo((250, 700))
pen.closePath()
glyph = pen.glyph()
builder = FontBuilder(1000, isTTF=True)
builder.setupGlyphOrder(['.notdef', 'A', 'B'])
builder.setupCharacterMap({65: 'A', 66: 'B'})
builder.setupGlyf({'.notdef': TTGlyphPen(None).glyph(), 'A': glyph, 'B': glyph})
builder.setupHorizontalMetrics({name: (600, 0) for name in ['.notdef', 'A', 'B']})
builder.setupHorizontalHeader(ascent=800, descent=-200)
builder.setupNameTable({'familyName': 'Probe', 'styleName': 'Regular'})
builder.setupOS2()
builder.setupPost()
buffer = io.BytesIO()
builder.save(buffer)
buffer.seek(0)
font = ttLib.TTFont(buffer)
tool = subset.Subsetter()
tool.populate(text='A')
tool.subset(font)
assert font.getGlyphOrder() == ['.notdef', 'A']
moments = MomentsPen(font.getGlyphSet())
font.getGlyphSet()['A'].draw(moments)
assert abs(moments.area) == 175000
assert len(curve_to_quadratic([(0, 0), (0, 50), (50, 100), (100, 100)], 1)) >= 3
assert bezierTools.calcQuadraticBounds((0, 0), (50, 100), (100, 0)) == (0, 0, 100, 50)
assert [token[1] for token in Lexer('feature liga', 'x')][0] == 'feature'
assert iup.iup_contour([(1, 1), None], [(0, 0), (5, 5)])
`,
} satisfies Recipe;
