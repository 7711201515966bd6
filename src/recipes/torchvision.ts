import type { Recipe } from './recipe.js';

export default {
  name: 'torchvision',
  source:
    'files of wheel torchvision 0.29.2 (x86_64, built for CUDA): a CPU build was not at hand, so nothing is claimed as proved',
  provedOn: '<0',
  // Its models, transforms and datasets are imported together; what is heavy is compiled code that it needs.
  rules: [],
  probe: `
import torch, torchvision
from torchvision import models, transforms
from torchvision.transforms import v2

torch.manual_seed(0)
net = models.resnet18(weights=None, num_classes=4).eval()
with torch.inference_mode():
    assert net(torch.randn(1, 3, 32, 32)).shape == (1, 4)
image = transforms.ToPILImage()(torch.rand(3, 40, 50))
chain = transforms.Compose([transforms.Resize(36), transforms.CenterCrop(32), transforms.ToTensor(), transforms.Normalize([0.5] * 3, [0.5] * 3)])
assert chain(image).shape == (3, 32, 32)
assert v2.Compose([v2.PILToTensor(), v2.RandomHorizontalFlip(1.0), v2.ToDtype(torch.float32, scale=True)])(image).max() <= 1
assert models.ResNet18_Weights.DEFAULT.transforms()(image).shape == (3, 224, 224)
assert len(models.list_models()) > 50
assert torchvision.utils.make_grid(torch.rand(4, 3, 8, 8)).ndim == 3
boxes = torch.tensor([[0.0, 0.0, 10.0, 10.0], [1.0, 1.0, 10.0, 10.0], [20.0, 20.0, 30.0, 30.0]])
assert abs(torchvision.ops.box_iou(boxes, boxes)[0, 1].item() - 0.81) < 1e-6
# Compiled operators.
assert torchvision.ops.nms(boxes, torch.tensor([0.9, 0.8, 0.7]), 0.5).tolist() == [0, 2]
assert torchvision.ops.roi_align(torch.rand(1, 1, 8, 8), [boxes[:1]], 2).shape == (1, 1, 2, 2)
from torchvision.io import decode_image, encode_png
pixels = (torch.rand(3, 4, 5) * 255).to(torch.uint8)
assert decode_image(encode_png(pixels)).equal(pixels)
`,
} satisfies Recipe;
