"""What docs/reference keeps of the API: the OpenAPI document and the table of errors."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI

from serving.api.openapi import document_text
from serving.api.problems import errors_page


def reference_pages(app: FastAPI) -> Mapping[str, str]:
    """Return file name -> content of every page that is made from the API."""
    return {"openapi.json": document_text(app), "errors.md": errors_page()}
