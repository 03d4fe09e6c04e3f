"""A report as one page of HTML."""

from pywats.reports.page.document import page_of

__all__ = ["page_of"]
