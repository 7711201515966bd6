import type { Recipe } from './recipe.js';

export default {
  name: 'pydantic',
  source: 'wheels pydantic 2.14.3 (CPython 3.13) and 2.12.5 (CPython 3.12), measured 2026-11',
  provedOn: '>=2.12.5,<2.15',
  rules: [
    {
      name: 'type-checker-plugins',
      files: ['pydantic/mypy.py', 'pydantic/v1/mypy.py', 'pydantic/v1/_hypothesis_plugin.py'],
      because: 'plug-ins that mypy and Hypothesis load on the machine of a developer',
    },
  ],
  probe: `
import datetime
import decimal
import uuid
from typing import Annotated, Generic, Literal, TypeVar, Union
from pydantic import BaseModel, Field, TypeAdapter, ValidationError, computed_field, field_validator, validate_call
from pydantic.dataclasses import dataclass

T = TypeVar("T")
class Cat(BaseModel):
    kind: Literal["cat"]
    lives: Annotated[int, Field(ge=1, le=9)] = 9
class Dog(BaseModel):
    kind: Literal["dog"]
class Box(BaseModel, Generic[T]):
    pet: Annotated[Union[Cat, Dog], Field(discriminator="kind")]
    value: T
    at: datetime.datetime
    price: decimal.Decimal = decimal.Decimal("1.10")
    id: uuid.UUID = uuid.UUID(int=1)
    @field_validator("value")
    @classmethod
    def check(cls, v):
        return v
    @computed_field
    @property
    def twice(self) -> int:
        return self.value * 2
box = Box[int].model_validate_json('{"pet": {"kind": "cat"}, "value": "3", "at": "2026-01-02T03:04:05Z"}')
assert box.value == 3 and box.twice == 6 and box.pet.lives == 9 and box.at.year == 2026
assert Box[int].model_validate(box.model_dump(exclude={"twice"})) == box
assert '"price":"1.10"' in box.model_dump_json()
assert Box[int].model_json_schema()["properties"]["pet"]["discriminator"]["propertyName"] == "kind"
try:
    Cat(kind="cat", lives=10)
except ValidationError as error:
    assert error.errors()[0]["type"] == "less_than_equal"
else:
    raise AssertionError("10 lives were taken")
@dataclass
class Point:
    x: int
assert Point("1").x == 1 and TypeAdapter(list[int]).validate_python(["1", 2]) == [1, 2]
assert validate_call(lambda: 1)() == 1
`,
} satisfies Recipe;
