"""Proof of what a model is made of: trace of a document, withdrawal, lineage of every commit, audit pack of a model, the
rows that it was trained on."""

from heal_pipeline.compliance.audit_pack import audit, audit_pack
from heal_pipeline.compliance.lineage import lineage, lineage_report
from heal_pipeline.compliance.revocation import read_identifier, revoke
from heal_pipeline.compliance.rows import export_rows
from heal_pipeline.compliance.trace import trace

__all__ = ["audit", "audit_pack", "export_rows", "lineage", "lineage_report", "read_identifier", "revoke", "trace"]
