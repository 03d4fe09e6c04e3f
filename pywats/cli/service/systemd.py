"""The daemon as a unit of systemd: it says when it is ready and that it lives, and may do no more than it must."""

from pathlib import Path
from typing import Final

from pywats.cli.service.definition import Definition

FOLDER: Final = Path("/etc/systemd/system")

_UNIT: Final = """\
[Unit]
Description=pywats ingest daemon ({name})
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
NotifyAccess=main
WatchdogSec=60
ExecStart={command}
ExecReload=/bin/kill -HUP $MAINPID
WorkingDirectory={folder}
EnvironmentFile=-{environment}
User={user}
Restart=on-failure
RestartSec=10
# 2: the configuration is wrong, and stays so until somebody mends it.
RestartPreventExitStatus=2
# A spool with a damage is read anew before the daemon is ready.
TimeoutStartSec=10min
# Sends under way are given 30 seconds.
TimeoutStopSec=60
UMask=0027
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
CapabilityBoundingSet=
{written}

[Install]
WantedBy=multi-user.target
"""


def unit(definition: Definition) -> str:
    """Return the text of the unit."""
    return _UNIT.format(
        name=_plain(definition.name),
        command=" ".join(_quoted(word, command=True) for word in definition.command),
        folder=_plain(str(definition.folder)),
        environment=_plain(str(definition.environment)),
        user=_plain(definition.user),
        written="\n".join(f"ReadWritePaths={_quoted(f'-{folder}')}" for folder in definition.written),
    )


def _quoted(word: str, *, command: bool = False) -> str:
    """Return a word as systemd reads it back: in quotes, with nothing that it would replace."""
    text = word.replace("\\", "\\\\").replace('"', '\\"')
    text = text.replace("$", "$$") if command else text
    return f'"{_plain(text)}"'


def _plain(text: str) -> str:
    return text.replace("%", "%%")
