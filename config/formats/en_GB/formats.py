"""Times by a 24-hour clock, as calling windows are written."""

DATETIME_FORMAT = "j M Y, H:i"
SHORT_DATETIME_FORMAT = "j M Y H:i"
TIME_FORMAT = "H:i"
DATE_FORMAT = "j M Y"
