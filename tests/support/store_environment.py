"""The credential store's settings as the environment of its processes."""

import os

from services.credential_store.config import StoreSettings


def store_environment(settings: StoreSettings, **extra: str) -> dict[str, str]:
    """Return the whole environment of a role of the store."""
    return {
        "PATH": os.environ["PATH"],
        "CONFERRAL_AMQP_URI": settings.amqp_uri,
        "CONFERRAL_MONGODB_URI": settings.mongodb_uri,
        "CONFERRAL_KEK_FILE": str(settings.kek_file),
        "CONFERRAL_BLOB_TOKEN": settings.blob_token.get_secret_value(),
        "CONFERRAL_PUBLIC_URL": settings.public_url,
        "CONFERRAL_DASHBOARD_URL": settings.dashboard_url,
        "CONFERRAL_SENDER_ADDRESS": settings.sender_address,
        "CONFERRAL_QUICK_START": "true",
        **extra,
    }
