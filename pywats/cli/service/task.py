"""The daemon as a task of the Windows Task Scheduler: it starts with the machine, and again when it has ended."""

import subprocess
from html import escape
from typing import Final

from pywats.cli.service.definition import Definition

# The scheduler's "restart on failure" heeds a task that could not be started, and no exit code. So the task is started
# every five minutes, which counts for nothing while it runs (IgnoreNew).
_TASK: Final = """\
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>pywats ingest daemon ({name})</Description></RegistrationInfo>
  <Triggers>
    <BootTrigger><Enabled>true</Enabled></BootTrigger>
    <TimeTrigger>
      <Repetition><Interval>PT5M</Interval><StopAtDurationEnd>false</StopAtDurationEnd></Repetition>
      <StartBoundary>2000-01-01T00:00:00</StartBoundary>
      <Enabled>true</Enabled>
    </TimeTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>{user}</UserId>
      <LogonType>S4U</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure><Interval>PT1M</Interval><Count>255</Count></RestartOnFailure>
    <StartWhenAvailable>true</StartWhenAvailable>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{program}</Command>
      <Arguments>{arguments}</Arguments>
      <WorkingDirectory>{folder}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"""


def xml(definition: Definition) -> str:
    """Return the definition of the task."""
    program, *arguments = definition.command
    return _TASK.format(
        name=escape(definition.name),
        user=escape(definition.user),
        program=escape(program),
        arguments=escape(subprocess.list2cmdline(arguments)),
        folder=escape(str(definition.folder)),
    )
