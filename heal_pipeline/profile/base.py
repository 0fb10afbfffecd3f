"""What all sections are made of: the base class, the kinds of values with their bounds, the words that sources are sorted by."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Group = Literal["non_medical_public", "medical_public", "medical_proprietary"]
Kind = Literal["text", "article", "conversation", "note", "template", "instruction"]
Prose = Literal["text", "article", "conversation", "note"]
Phi = Literal["none", "possible", "contains"]

Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _in_order(bounds: tuple[float, float | None]) -> tuple[float, float | None]:
    least, most = bounds
    if most is not None and most < least:
        raise ValueError(f"the least, {least:g}, is above the most, {most:g}")
    return bounds


Bounds = Annotated[tuple[Amount, Amount | None], AfterValidator(_in_order)]
"""[least, most], both included; null leaves the upper side open."""


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
