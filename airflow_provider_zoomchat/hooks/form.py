"""The connection's form for Airflow 2.11 to 3.1, made from the provider's metadata.

From 3.2 on Airflow makes the form from the metadata itself; this file ends with 3.1.
"""

from __future__ import annotations

from typing import Any

from ..get_provider_info import get_provider_info


def widgets() -> dict[str, Any]:
    """Return a WTForms field for each field of the connection's extra."""
    from flask_appbuilder.fieldwidgets import BS3PasswordFieldWidget, BS3TextFieldWidget
    from flask_babel import lazy_gettext
    from wtforms import BooleanField, IntegerField, PasswordField, StringField
    from wtforms.validators import Optional, any_of

    def widget(field: dict[str, Any]) -> Any:
        schema = field["schema"]
        kind = schema["type"][0]
        common = {"description": field["description"], "default": schema.get("default")}
        text = {"widget": BS3TextFieldWidget(), **common}
        label = lazy_gettext(field["label"])
        if schema.get("format") == "password":
            password = {**common, "widget": BS3PasswordFieldWidget()}
            return PasswordField(label, validators=[Optional()], **password)
        if kind == "boolean":
            return BooleanField(label, **common)
        if kind == "integer":
            return IntegerField(label, validators=[Optional()], **text)
        choices = [any_of(schema["enum"])] if "enum" in schema else []
        return StringField(label, validators=[Optional(), *choices], **text)

    return {name: widget(field) for name, field in _form()["conn-fields"].items()}


def behaviour() -> dict[str, Any]:
    """Return which standard fields are hidden, renamed or have a placeholder."""
    return {key.replace("-", "_"): value for key, value in _form()["ui-field-behaviour"].items()}


def _form() -> dict[str, Any]:
    form: dict[str, Any] = get_provider_info()["connection-types"][0]
    return form
