import type { Recipe } from './recipe.js';

export default {
  name: 'pillow',
  source: 'wheels pillow 10.3.0, 11.1.0, 12.0.0, 13.0.0 (CPython 3.12 and 3.13, x86_64), measured 2026-11',
  provedOn: '>=10.3,<13.1',
  rules: [
    {
      name: 'avif',
      files: ['PIL/_avif.*', 'pillow.libs/libavif-*'],
      because: 'One codec of many; its plug-in looks for the module and does without it.',
      level: 'aggressive',
      loses: 'reading and writing AVIF pictures',
      overVeto: true,
      versions: '>=11.3',
    },
  ],
  probe: `
import io
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps, ImageStat, features

picture = Image.new('RGB', (96, 64), 'white')
draw = ImageDraw.Draw(picture)
draw.rectangle([8, 8, 40, 40], fill=(200, 30, 30))
draw.line([0, 0, 95, 63], fill='blue', width=3)
draw.text((10, 45), 'Hello', fill='black', font=ImageFont.load_default())
assert ImageStat.Stat(picture).stddev[0] > 10

for kind, mode in [('PNG', 'RGBA'), ('JPEG', 'RGB'), ('WEBP', 'RGB'), ('TIFF', 'RGB'), ('GIF', 'P'), ('BMP', 'RGB'), ('JPEG2000', 'RGB')]:
    buffer = io.BytesIO()
    picture.convert(mode).save(buffer, kind)
    buffer.seek(0)
    again = Image.open(buffer)
    again.load()
    assert again.size == (96, 64) and again.format == kind, kind
buffer = io.BytesIO()
picture.convert('RGB').save(buffer, 'TIFF', compression='tiff_deflate')
buffer.seek(0)
assert Image.open(buffer).getpixel((20, 20))[0] == 200
buffer = io.BytesIO()
picture.save(buffer, 'PDF')
assert buffer.getvalue().startswith(b'%PDF')

assert features.check('freetype2') and features.check('webp') and features.check('jpg') and features.check('zlib')
assert picture.resize((32, 32), Image.Resampling.LANCZOS).size == (32, 32)
assert picture.rotate(30, expand=True).size[0] > 96
assert ImageOps.exif_transpose(picture).size == (96, 64)
assert ImageChops.difference(picture, picture).getbbox() is None
picture.filter(ImageFilter.GaussianBlur(2))
ImageEnhance.Contrast(picture).enhance(1.5)
assert picture.quantize(8).mode == 'P'
assert Image.frombytes('L', (2, 2), bytes(4)).getextrema() == (0, 0)
thumb = picture.copy()
thumb.thumbnail((16, 16))
assert max(thumb.size) == 16
`,
} satisfies Recipe;
