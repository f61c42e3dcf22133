"""The command line: the engine gets what the settings say; the lint never falls over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from web import cli
from web.cli import main, open_from
from web.settings import Settings, read_mail

FIELDS = {"file", "element", "name", "rule", "severity", "message", "fix"}


def test_the_engine_gets_the_mail_server_and_the_fonts(tmp_path, monkeypatch):
    monkeypatch.setattr(cli, "FONTS", tmp_path)
    mail = read_mail({"SMTP_HOST": "mail.example.invalid", "SMTP_PORT": "25", "SMTP_STARTTLS": "0", "MAIL_SENDER": "a@b.invalid"})
    firm = open_from(Settings(data_dir=tmp_path, public_url="https://firm.example", mail=mail))
    try:
        assert firm.tools["mail"]["host"] == "mail.example.invalid"
        assert (firm.tools["mail"]["port"], firm.tools["mail"]["starttls"]) == (25, False)
        assert firm.tools["fonts"] == tmp_path
        assert firm.tools["public_url"] == "https://firm.example"
        assert not firm.tools["demo"]
    finally:
        firm.database.dispose()


def test_without_fonts_the_machines_own_are_taken(tmp_path, monkeypatch):
    monkeypatch.setattr(cli, "FONTS", tmp_path / "none")
    firm = open_from(Settings(data_dir=tmp_path, demo=True))
    try:
        assert firm.tools["fonts"] is None
        assert firm.tools["demo"]
    finally:
        firm.database.dispose()


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\xff", b"not xml", b"<a/>", b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"<bpmn:definitions/>"],
)
def test_the_lint_gives_findings_for_any_input(tmp_path, content):
    path = tmp_path / "broken.bpmn"
    path.write_bytes(content)
    done = CliRunner().invoke(main, ["lint", "--json", str(path), str(tmp_path / "missing.bpmn"), str(tmp_path)])
    found = json.loads(done.stdout)
    assert done.exit_code == 1
    assert {Path(each["file"]).name for each in found} == {"broken.bpmn", "missing.bpmn", tmp_path.name}
    assert all(each.keys() == FIELDS for each in found)
