import type { Recipe } from './recipe.js';

export default {
  name: 'scikit-image',
  source: 'wheels scikit-image 0.23.2, 0.25.2, 0.26.0 (CPython 3.12 and 3.13, x86_64), measured 2026-11',
  provedOn: '>=0.23,<0.27',
  rules: [
    {
      name: 'sample-images',
      files: ['skimage/data/*.{png,jpg,gif,tif,tiff,npy,npz}'],
      because: 'Pictures for examples and tests; the library itself reads none of them.',
      level: 'aggressive',
      loses: 'the pictures of skimage.data, e.g. data.astronaut()',
    },
  ],
  probe: `
import os
import tempfile
import numpy as np
import skimage
from skimage import color, draw, exposure, feature, filters, io, measure, morphology, restoration, segmentation, transform, util

picture = np.zeros((64, 64))
rows, columns = draw.disk((32, 32), 15)
picture[rows, columns] = 1
noisy = util.random_noise(picture, rng=0)
assert filters.gaussian(noisy, 2).shape == (64, 64)
assert 0 < filters.threshold_otsu(noisy) < 1
assert filters.sobel(picture).max() > 0
assert filters.rank.median(util.img_as_ubyte(picture), morphology.disk(2)).max() == 255
assert measure.label(picture > 0).max() == 1
assert abs(measure.regionprops(measure.label(picture > 0))[0].area - 697) < 40
assert len(measure.find_contours(picture, 0.5)) == 1
assert feature.canny(picture).any()
assert len(feature.hog(noisy)) > 0
assert feature.local_binary_pattern(util.img_as_ubyte(picture), 8, 1).shape == (64, 64)
assert transform.resize(picture, (32, 32)).shape == (32, 32)
assert transform.rotate(picture, 45).shape == (64, 64)
assert transform.warp(picture, transform.AffineTransform(scale=(2, 2))).shape == (64, 64)
assert segmentation.slic(noisy, n_segments=10, channel_axis=None).max() > 1
assert segmentation.watershed(filters.sobel(picture), 4).max() == 4
assert morphology.skeletonize(picture > 0).sum() > 0
assert color.rgb2lab(color.gray2rgb(picture)).shape == (64, 64, 3)
assert exposure.equalize_adapthist(noisy).max() <= 1
assert restoration.denoise_tv_chambolle(noisy).shape == (64, 64)
assert skimage.data.binary_blobs(32, rng=0).dtype == bool

folder = tempfile.mkdtemp()
path = os.path.join(folder, 'picture.png')
try:
    io.imsave(path, util.img_as_ubyte(picture), check_contrast=False)
    assert io.imread(path).shape == (64, 64)
finally:
    if os.path.exists(path):
        os.remove(path)
    os.rmdir(folder)
`,
} satisfies Recipe;
