"""The configuration: a TOML file to frozen values, or to errors that name file, line and key."""

from waywarn.config.accounts import DeviceConfig, WatcherConfig
from waywarn.config.config import Config
from waywarn.config.fields import Listen
from waywarn.config.kinds.deviation import DeviationConfig
from waywarn.config.kinds.geofence import GeofenceConfig
from waywarn.config.kinds.in_fences import InFencesConfig
from waywarn.config.kinds.rule import RuleConfig
from waywarn.config.load import load_config
from waywarn.config.models import (
    AddressConfig,
    AssignmentConfig,
    RecipientConfig,
    ServiceConfig,
    TripConfig,
)
from waywarn.config.problem import ConfigError, Problem
from waywarn.config.secret import Secret
from waywarn.config.sip import SipConfig

__all__ = [
    "AddressConfig",
    "AssignmentConfig",
    "Config",
    "ConfigError",
    "DeviationConfig",
    "DeviceConfig",
    "GeofenceConfig",
    "InFencesConfig",
    "Listen",
    "Problem",
    "RecipientConfig",
    "RuleConfig",
    "Secret",
    "ServiceConfig",
    "SipConfig",
    "TripConfig",
    "WatcherConfig",
    "load_config",
]
