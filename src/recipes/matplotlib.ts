import type { Recipe } from './recipe.js';

export default {
  name: 'matplotlib',
  source: 'wheels matplotlib 3.9.0, 3.10.1, 3.10.8, 3.11.2 (CPython 3.12 and 3.13, x86_64), measured 2026-11',
  provedOn: '>=3.9,<3.12',
  rules: [
    {
      name: 'sample-data',
      files: ['matplotlib/mpl-data/sample_data/**'],
      because: 'Tables and pictures for the gallery of examples.',
      level: 'aggressive',
      loses: 'matplotlib.cbook.get_sample_data',
    },
    {
      name: 'fonts',
      files: [
        'matplotlib/mpl-data/fonts/ttf/{DejaVuSerif*,DejaVuSansMono-*}',
        'matplotlib/mpl-data/fonts/{afm,pdfcorefonts}/**',
      ],
      because:
        'Text is drawn in DejaVu Sans unless another font is asked for; what formulas are looked up in (Computer Modern, STIX, DejaVu Sans Mono) stays.',
      level: 'aggressive',
      loses: 'the bundled serif, bold monospace and PostScript fonts (text falls back to DejaVu Sans)',
    },
    {
      name: 'windows',
      files: [
        'matplotlib/backends/_tkagg.*',
        'matplotlib/backends/_macosx.*',
        'matplotlib/backends/{_backend_tk,_backend_gtk}.py',
        'matplotlib/backends/backend_{gtk3,gtk4,macosx,qt,qt5,tk,wx}*.py',
        'matplotlib/backends/qt_editor/**',
        'matplotlib/mpl-data/images/**',
      ],
      because: 'They draw into windows of GTK, Qt, Tk or wx, and a function has no display.',
      level: 'aggressive',
      loses: 'the interactive back ends (Agg, PDF, SVG and PS stay)',
      overVeto: true,
    },
  ],
  probe: `
import io
import os
import tempfile
import warnings

settings = tempfile.TemporaryDirectory()
os.environ['MPLCONFIGDIR'] = settings.name  # a font list of this tree alone
import matplotlib
matplotlib.use('Agg')
import matplotlib.pyplot as plt
import numpy as np
from matplotlib import colormaps, dates

figure, (left, right) = plt.subplots(1, 2, figsize=(6, 3))
left.plot(np.arange(10), np.arange(10) ** 2, label='squares')
left.set_title('Title with $\\\\alpha^2 + \\\\sum_i x_i$')
left.set_xlabel('label', fontweight='bold')
left.set_ylabel('label', fontstyle='italic')
left.legend()
picture = right.imshow(np.random.default_rng(0).random((8, 8)), cmap=colormaps['viridis'])
figure.colorbar(picture)
figure.tight_layout()
sizes = {}
for kind in ['png', 'svg', 'pdf', 'jpg']:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, dpi=80)
    sizes[kind] = buffer.tell()
assert all(size > 3000 for size in sizes.values()), sizes
plt.close(figure)

with plt.style.context('ggplot'):
    figure, axis = plt.subplots()
    axis.hist(np.random.default_rng(0).normal(size=200), bins=20)
    axis.contourf(np.random.default_rng(0).random((5, 5)))
    axis.scatter([1, 2], [3, 4], s=40)
    axis.xaxis.set_major_formatter(dates.DateFormatter('%Y'))
    figure.canvas.draw()
    assert np.asarray(figure.canvas.buffer_rgba()).std() > 0
    plt.close(figure)

with warnings.catch_warnings():
    warnings.simplefilter('ignore')
    figure = plt.figure()
    figure.text(0.1, 0.1, chr(0x4E2D), family='serif')
    axis = figure.add_subplot(projection='3d')
    axis.plot_surface(*np.meshgrid(np.arange(4), np.arange(4)), np.ones((4, 4)))
    figure.savefig(io.BytesIO(), format='png')
`,
} satisfies Recipe;
