"""The connection's form for Airflow 2.11 to 3.1, made from the provider's metadata.

From 3.2 on Airflow makes the form from the metadata itself; this file ends with 3.1.
"""

from __future__ import annotations

from typing import Any

from ..get_provider_info import get_provider_info

#: What Airflow 2 shows in place of a secret, and takes for "leave it as it is" when it comes back.
#: Source: ``SENSITIVE_FIELD_PLACEHOLDER`` in ``airflow/www/views.py`` (2.11).
_KEPT = "RATHER_LONG_SENSITIVE_FIELD_PLACEHOLDER"


def widgets() -> dict[str, Any]:
    """Return a WTForms field for each field of the connection's extra."""
    from flask_appbuilder.fieldwidgets import BS3PasswordFieldWidget, BS3TextFieldWidget
    from flask_babel import lazy_gettext
    from wtforms import BooleanField, IntegerField, PasswordField, StringField
    from wtforms.validators import NumberRange, Optional, any_of

    def secret_widget(field: Any, **options: Any) -> Any:
        # Airflow 2 deletes an extra whose field comes back blank, as that of a password would. What
        # was typed into a form that was refused is not kept yet: that field comes back blank.
        stored = (field.raw_data or [_KEPT]) == [_KEPT]
        options["value"] = _KEPT if field.data and stored else ""
        return BS3PasswordFieldWidget(hide_value=False)(field, **options)

    def widget(field: dict[str, Any]) -> Any:
        schema = field["schema"]
        label, description = lazy_gettext(field["label"]), field["description"]
        if schema.get("format") == "password":
            return PasswordField(
                label, validators=[Optional()], description=description, widget=secret_widget
            )
        kind, default = schema["type"][0], schema.get("default")
        if kind == "boolean":
            return BooleanField(label, description=description, default=default)
        rules: list[Any] = [Optional()]
        if "enum" in schema:
            rules.append(any_of(schema["enum"]))
        if "minimum" in schema:
            rules.append(NumberRange(min=schema["minimum"]))
        return (IntegerField if kind == "integer" else StringField)(
            label,
            validators=rules,
            description=description,
            default=default,
            widget=BS3TextFieldWidget(),
        )

    return {name: widget(field) for name, field in _form()["conn-fields"].items()}


def behaviour() -> dict[str, Any]:
    """Return which standard fields are hidden, renamed or have a placeholder."""
    return {key.replace("-", "_"): value for key, value in _form()["ui-field-behaviour"].items()}


def _form() -> dict[str, Any]:
    form: dict[str, Any] = get_provider_info()["connection-types"][0]
    return form
