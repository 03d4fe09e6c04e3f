"""Which attribute of WSXF is which member of WSJF."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

NAMESPACE = "http://wats.virinco.com/schemas/WATS/Report/wsxf"

WORDS = {"P": "Passed", "F": "Failed", "S": "Skipped", "E": "Error", "T": "Terminated", "D": "Done"}
"""Statuses and results: a letter in WSJF, a word in WSXF."""
GROUPS = {"S": "Setup", "M": "Main", "C": "Cleanup"}
"""Groups of steps."""
TYPES = {"T": "UUT", "R": "UUR"}
"""Kinds of reports."""

_REFUSED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CHOICES = {"word": WORDS, "group": GROUPS, "kind": TYPES}


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute.

    Attributes:
        name: in WSXF.
        member: in WSJF.
        kind: ``text``, ``whole``, ``number``, ``flag``, or one of the sets of words.
        shown_only: the server writes it; it means nothing in what is sent.
    """

    name: str
    member: str
    kind: str = "text"
    shown_only: bool = False

    def read(self, value: str) -> Any:
        """Return the member's value; what does not fit stays text, which the validation then refuses."""
        if self.kind == "flag":
            return {"true": True, "false": False}.get(value.lower(), value)
        if self.kind in _CHOICES:
            return next((letter for letter, word in _CHOICES[self.kind].items() if word == value), value)
        try:
            return {"whole": int, "number": float}.get(self.kind, str)(value)
        except ValueError:
            return value

    def write(self, value: Any) -> str:
        """Return the attribute's value."""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, float):
            return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)  # noqa: PLR2004
        text = _CHOICES.get(self.kind, {}).get(value) if isinstance(value, str) else None
        return text or xml_text(str(value))


def xml_text(text: str) -> str:
    """Return the text without the characters that XML 1.0 does not allow."""
    return _REFUSED.sub("", text)


def _attributes(text: str) -> tuple[Attribute, ...]:
    """``name=member:kind`` each; the member of an attribute that ends with ``!`` is only shown."""
    found: list[Attribute] = []
    for each in text.split():
        name, _, rest = each.partition("=")
        member, _, kind = rest.rstrip("!").partition(":")
        found.append(Attribute(name, member, kind or "text", rest.endswith("!")))
    return tuple(found)


ATTRIBUTES: Mapping[str, Sequence[Attribute]] = {
    name: _attributes(text)
    for name, text in {
        "Report": "type=type:kind ID=id Start=start Start_utc=startUTC Result=result:word SN=sn PN=pn Rev=rev"
        " MachineName=machineName Location=location Purpose=purpose origin=origin! ProductName=productName!",
        "Process": "Code=processCode:whole CodeFormat=processCodeFormat Name=processName",
        "UUT": "UserLoginName=user BatchSN=batchSN TestSocketIndex=testSocketIndex:whole"
        " TestSocketIndexFormat=testSocketIndexFormat ExecutionTime=execTime:number ExecutionTimeFormat=execTimeFormat"
        " FixtureId=fixtureId ErrorCode=errorCode:whole ErrorCodeFormat=errorCodeFormat ErrorMessage=errorMessage"
        " BatchLoopIndex=batchLoopIndex:whole BatchLoopIndexFormat=batchLoopIndexFormat"
        " BatchFailCount=batchFailCount:whole BatchFailCountFormat=batchFailCountFormat"
        " StepIdCausedUUTFailure=stepIdCausedUUTFailure:whole!",
        "UUR": "UserLoginName=user ConfirmDate=confirmDate FinalizeDate=finalizeDate ExecutionTime=execTime:number"
        " ReferencedUUT=refUUT Parent=parent",
        "MiscInfo": "Description=description Typedef=typedef Id=id Numeric=numeric:whole NumericFormat=numericFormat",
        "ReportUnitHierarchy": "PartType=partType PN=pn SN=sn Rev=rev Position=position:whole Idx=idx:whole"
        " ParentIDX=parentIdx:whole ReplacedIDX=replacedIdx:whole",
        "Asset": "AssetSN=assetSN UsageCount=usageCount:whole UsageCountFormat=usageCountFormat",
        "AdditionalData": "Name=name",
        "Prop": "Name=name Type=type Value=value Flags=flags:whole NumFormat=numFormat Comment=comment",
        "Array": "Dimension=dimension:whole Type=type",
        "Failures": "CompRef=comRef StepID=refStepId:whole StepName=refStepName FunctionBlock=funcBlock"
        " Category=category Code=code ArticleNumber=artNumber ArticleRevision=artRev ArticleVendor=artVendor"
        " ArticleDescription=artDescription",
        "Data": "BinaryDataGUID=id ContentType=contentType FileName=name",
        "Step": "Id=id:whole Group=group:group Name=name StepType=stepType Status=status:word total_time=totTime:number"
        " total_timeFormat=totTimeFormat TSGuid=tsGuid StepErrorCode=errorCode:whole"
        " StepErrorCodeFormat=errorCodeFormat StepErrorMessage=errorMessage Start=start"
        " InteractiveExeNum=interactiveExeNum:whole InteractiveExeNumFormat=interactiveExeNumFormat"
        " StepCausedSequenceFailure=causedSeqFailure:flag StepCausedUUTFailure=causedUUTFailure:flag",
        "Loop": "index=idx:whole num=num:whole ending_index=endingIndex:whole passed=passed:whole failed=failed:whole",
        "SequenceCall": "Name=name Version=version Filepath=path",
        "NumericLimit": "Name=name NumericValue=value:number NumericValueFormat=valueFormat Units=unit"
        " CompOperator=compOp LowLimit=lowLimit:number LowLimitFormat=lowLimitFormat HighLimit=highLimit:number"
        " HighLimitFormat=highLimitFormat Status=status:word",
        "StringValue": "Name=name CompOperator=compOp StringLimit=limit StringValue=value Status=status:word",
        "PassFail": "Name=name Status=status:word",
        "MessagePopup": "Button=button:whole ButtonFormat=buttonFormat Response=response",
        "Callexe": "ExitCode=exitCode:number ExitCodeFormat=exitCodeFormat",
        "Chart": "ChartType=chartType Label=label XLabel=xLabel XUnit=xUnit YLabel=yLabel YUnit=yUnit",
        "Series": "Name=name DataType=dataType",
        "Attachment": "Name=name ContentType=contentType",
    }.items()
}
"""The attributes of each element."""

MEASUREMENTS = {"NumericLimit": "numericMeas", "StringValue": "stringMeas", "PassFail": "booleanMeas"}
"""Elements that may come several times in a step, and the lists they become."""
OBJECTS = {"Loop": "loop", "SequenceCall": "seqCall", "MessagePopup": "messagePopup", "Callexe": "callExe"}
"""Elements that come once in a step, have attributes only, and become an object."""
MAY_BE_EMPTY = {"Rev", "Value", "StringValue"}
"""Attributes whose empty text is a value; all others are absent when they are empty."""


def members(element: ET.Element, name: str) -> dict[str, Any]:
    """Return the members that the attributes of an element stand for."""
    found: dict[str, Any] = {}
    for attribute in ATTRIBUTES[name]:
        value = element.get(attribute.name)
        if value is not None and not attribute.shown_only and (value or attribute.name in MAY_BE_EMPTY):
            found[attribute.member] = attribute.read(value)
    return found


def element(parent: ET.Element, name: str, values: Mapping[str, Any], **more: Any) -> ET.Element:
    """Add an element with the attributes that these members stand for; ``more`` are attributes by their own names."""
    made = ET.SubElement(parent, name)
    for attribute in ATTRIBUTES.get(name, ()):
        value = values.get(attribute.member)
        if value is not None:
            made.set(attribute.name, attribute.write(value))
    for attribute_name, value in more.items():
        if value is not None:
            made.set(attribute_name, str(value))
    return made
