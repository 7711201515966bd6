import type { Recipe } from './recipe.js';

// The video codecs (libavcodec and its kin) are needed by cv2's one extension module itself: they cannot go.
// Of the config files, config.py and config-3.py are run by path, not imported, and must stay.
export default {
  name: 'opencv-python-headless',
  alsoFor: ['opencv-python', 'opencv-contrib-python', 'opencv-contrib-python-headless'],
  source:
    'wheels opencv-python-headless 4.10.0.82, 4.11.0.86, 5.0.0.93 and opencv-python 4.11.0.86, 5.0.0.93 (CPython 3.12 and 3.13, x86_64), measured 2026-11',
  provedOn: '>=4.10,<5.1',
  rules: [
    {
      name: 'qt-plug-ins',
      files: [
        'cv2/qt/**',
        'opencv_{,contrib_}python.libs/libQt5XcbQpa-*',
        'opencv_{,contrib_}python.libs/libX11-xcb-*',
        'opencv_{,contrib_}python.libs/libxcb-{icccm,image,keysyms,randr,render,render-util,sync,util,xinerama,xkb}-*',
        'opencv_{,contrib_}python.libs/libxkbcommon-*',
      ],
      because:
        'Fonts, plug-in and X11 libraries of the windows that cv2.imshow opens; a function has no display.',
    },
    {
      name: 'haar-cascades',
      files: ['cv2/data/*.xml'],
      because: 'Trained cascades that cv2.CascadeClassifier opens by path; nothing loads them on import.',
      level: 'aggressive',
      loses: 'the cascades of cv2.data.haarcascades',
    },
  ],
  probe: `
import os
import cv2
import numpy as np

rng = np.random.default_rng(0)
picture = rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)
cv2.rectangle(picture, (10, 10), (40, 30), (0, 255, 0), -1)
cv2.putText(picture, 'text', (5, 45), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255))
assert cv2.resize(picture, (32, 24), interpolation=cv2.INTER_AREA).shape == (24, 32, 3)
grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
for kind in ['.png', '.jpg', '.webp', '.tiff', '.bmp']:
    done, data = cv2.imencode(kind, picture)
    assert done and cv2.imdecode(data, cv2.IMREAD_COLOR).shape == picture.shape, kind
assert cv2.Canny(cv2.GaussianBlur(grey, (5, 5), 1), 50, 150).shape == grey.shape
contours, _ = cv2.findContours(cv2.threshold(grey, 128, 255, cv2.THRESH_OTSU)[1], cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
assert len(contours) > 0
matrix = cv2.getRotationMatrix2D((32, 24), 30, 1)
assert cv2.warpAffine(picture, matrix, (64, 48)).shape == picture.shape
points, _ = cv2.ORB_create(50).detectAndCompute(grey, None)
assert points is not None
assert cv2.kmeans(rng.random((20, 2), dtype=np.float32), 2, None, (3, 5, 0.1), 1, cv2.KMEANS_PP_CENTERS)[1].shape == (20, 1)
assert cv2.solve(np.eye(3), np.ones((3, 1)))[0]
assert cv2.dnn.blobFromImage(picture).shape == (1, 3, 48, 64)
assert cv2.VideoCapture('/nonexistent.mp4').isOpened() is False
assert cv2.getBuildInformation()
cascade = os.path.join(cv2.data.haarcascades, 'haarcascade_frontalface_default.xml')
if os.path.exists(cascade):
    faces = cv2.CascadeClassifier(cascade)
    assert not faces.empty()
    faces.detectMultiScale(grey)
`,
} satisfies Recipe;
