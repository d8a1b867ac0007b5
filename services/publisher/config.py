"""The publisher's settings: ``CONFERRAL_…`` in the environment, read once."""

from typing import Annotated

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from conferral.runtime.config import Settings, refuse_weak_secret


class PublisherSettings(Settings):
    """What one publisher process needs to know."""

    reader_url: str
    """Where the store's reader takes blobs."""
    blob_token: SecretStr
    """Authenticates writing blobs."""
    render_workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Chunks drawn at a time, each in a design process of its own."""
    design_wall_seconds: Annotated[float, Field(gt=0, le=15)] = 5.0
    """What one call of a design may take; compiling may take twice as long."""
    design_cpu_seconds: Annotated[int, Field(ge=1, le=60)] = 10
    """Processor time that one call of a design may use."""
    design_memory_mb: Annotated[int, Field(ge=128, le=16_384)] = 1024
    """Address space of one design process."""

    @field_validator("blob_token")
    @classmethod
    def _is_no_default(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        refuse_weak_secret(value.get_secret_value(), info)
        return value
