import type { Recipe } from './recipe.js';

export default {
  name: 'protobuf',
  source: 'wheels protobuf 7.36.2 (CPython 3.13) and 6.33.6 (CPython 3.12), abi3, x86_64, measured 2026-11',
  provedOn: '>=6.33.6,<7.37',
  // Its modules are small and name each other: nothing to save, only to prove that the fast implementation is the one in use.
  rules: [],
  probe: `
from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, duration_pb2, field_mask_pb2, json_format, message_factory
from google.protobuf import struct_pb2, text_format, timestamp_pb2, wrappers_pb2
from google.protobuf.internal import api_implementation

file = descriptor_pb2.FileDescriptorProto(name="probe.proto", package="probe", syntax="proto3")
message = file.message_type.add(name="Item")
for number, (name, kind, label) in enumerate([("name", 9, 1), ("count", 5, 1), ("scores", 2, 3)], 1):
    message.field.add(name=name, number=number, type=kind, label=label)
pool = descriptor_pool.DescriptorPool()
pool.Add(file) if hasattr(pool, "Add") else pool.AddSerializedFile(file.SerializeToString())
Item = message_factory.GetMessageClass(pool.FindMessageTypeByName("probe.Item"))
item = Item(name="a", count=-3, scores=[1.5, 2.5])
assert Item.FromString(item.SerializeToString()) == item
assert json_format.Parse(json_format.MessageToJson(item), Item()) == item
assert text_format.Parse(text_format.MessageToString(item), Item()) == item
struct = struct_pb2.Struct()
struct.update({"a": [1, "x", None], "b": {"c": True}})
assert json_format.MessageToDict(struct) == {"a": [1.0, "x", None], "b": {"c": True}}
packed = any_pb2.Any()
packed.Pack(wrappers_pb2.StringValue(value="v"))
value = wrappers_pb2.StringValue()
assert packed.Unpack(value) and value.value == "v"
stamp = timestamp_pb2.Timestamp()
stamp.FromJsonString("2026-01-02T03:04:05Z")
assert stamp.ToDatetime().year == 2026 and duration_pb2.Duration(seconds=2).ToTimedelta().seconds == 2
mask = field_mask_pb2.FieldMask(paths=["name"])
target = Item()
mask.MergeMessage(item, target)
assert target.name == "a" and target.count == 0
assert api_implementation.Type() == "upb", api_implementation.Type()
`,
} satisfies Recipe;
