"""What the elements and attributes of WSXF are called in WSJF."""

from collections.abc import Mapping
from typing import Final

from pywats.reports.formats.xml_values import FLAG, ID, KEPT, NUMBER, TEXT, WHOLE, Kind, words

NAMESPACE: Final = "http://wats.virinco.com/schemas/WATS/Report/wsxf"

Names = Mapping[str, tuple[str, Kind]]
"""Attributes of an element: the member of the JSON object that each is, and its kind."""

STATUS: Final = words(
    {"P": "Passed", "F": "Failed", "D": "Done", "S": "Skipped", "E": "Error", "T": "Terminated"},
)
GROUP: Final = words({"S": "Setup", "M": "Main", "C": "Cleanup"})
TYPE: Final = words({"T": "UUT", "R": "UUR"})


def _with_format(attribute: str, key: str, kind: Kind) -> dict[str, tuple[str, Kind]]:
    """A number, and the attribute that says how it is shown."""
    return {attribute: (key, kind), f"{attribute}Format": (f"{key}Format", TEXT)}


REPORT: Final[Names] = {
    "type": ("type", TYPE),
    "ID": ("id", ID),
    "Start": ("start", TEXT),
    "Start_utc": ("startUTC", TEXT),
    "Result": ("result", STATUS),
    "SN": ("sn", KEPT),
    "PN": ("pn", KEPT),
    "Rev": ("rev", KEPT),
    "origin": ("origin", TEXT),
    "MachineName": ("machineName", KEPT),
    "Location": ("location", KEPT),
    "Purpose": ("purpose", KEPT),
    "ProductName": ("productName", TEXT),
}
PROCESS: Final[Names] = {**_with_format("Code", "processCode", WHOLE), "Name": ("processName", TEXT)}
UUT: Final[Names] = {
    "UserLoginName": ("user", TEXT),
    "BatchSN": ("batchSN", TEXT),
    **_with_format("TestSocketIndex", "testSocketIndex", WHOLE),
    **_with_format("ExecutionTime", "execTime", NUMBER),
    "FixtureId": ("fixtureId", TEXT),
    **_with_format("ErrorCode", "errorCode", WHOLE),
    "ErrorMessage": ("errorMessage", TEXT),
    **_with_format("BatchLoopIndex", "batchLoopIndex", WHOLE),
    **_with_format("BatchFailCount", "batchFailCount", WHOLE),
    "StepIdCausedUUTFailure": ("stepIdCausedUUTFailure", WHOLE),
}
UUR: Final[Names] = {
    "UserLoginName": ("user", TEXT),
    "ConfirmDate": ("confirmDate", TEXT),
    "FinalizeDate": ("finalizeDate", TEXT),
    "Active": ("active", FLAG),
    **_with_format("ExecutionTime", "execTime", NUMBER),
    "ReferencedUUT": ("refUUT", ID),
    "Parent": ("parent", ID),
}
MISC_INFO: Final[Names] = {
    "Typedef": ("typedef", TEXT),
    "Description": ("description", KEPT),
    "Id": ("id", ID),
    **_with_format("Numeric", "numeric", NUMBER),
}
SUB_UNIT: Final[Names] = {
    "PartType": ("partType", KEPT),
    "PN": ("pn", KEPT),
    "SN": ("sn", KEPT),
    "Rev": ("rev", KEPT),
    "Position": ("position", WHOLE),
    "Idx": ("idx", WHOLE),
    "ParentIDX": ("parentIdx", WHOLE),
    "ReplacedIDX": ("replacedIdx", WHOLE),
}
ASSET: Final[Names] = {"AssetSN": ("assetSN", KEPT), **_with_format("UsageCount", "usageCount", WHOLE)}
FAILURE: Final[Names] = {
    "CompRef": ("comRef", TEXT),
    "StepID": ("refStepId", WHOLE),
    "StepName": ("refStepName", TEXT),
    "FunctionBlock": ("funcBlock", TEXT),
    "Category": ("category", KEPT),
    "Code": ("code", KEPT),
    "ArticleNumber": ("artNumber", TEXT),
    "ArticleRevision": ("artRev", TEXT),
    "ArticleVendor": ("artVendor", TEXT),
    "ArticleDescription": ("artDescription", TEXT),
}
BINARY: Final[Names] = {
    "BinaryDataGUID": ("id", ID),
    "ContentType": ("contentType", TEXT),
    "FileName": ("name", KEPT),
}
ADDITIONAL: Final[Names] = {"Name": ("name", KEPT)}
PROPERTY: Final[Names] = {
    "Name": ("name", KEPT),
    "Type": ("type", KEPT),
    "Value": ("value", KEPT),
    "Flags": ("flags", WHOLE),
    "NumFormat": ("numFormat", TEXT),
    "Comment": ("comment", TEXT),
}
ARRAY: Final[Names] = {"Dimension": ("dimension", WHOLE), "Type": ("type", TEXT)}
INDEX: Final[Names] = {"Text": ("text", TEXT)}
STEP: Final[Names] = {
    "Id": ("id", WHOLE),
    "Group": ("group", GROUP),
    "Name": ("name", KEPT),
    "StepType": ("stepType", TEXT),
    "Status": ("status", STATUS),
    **_with_format("total_time", "totTime", NUMBER),
    "TSGuid": ("tsGuid", TEXT),
    **_with_format("StepErrorCode", "errorCode", WHOLE),
    "StepErrorMessage": ("errorMessage", TEXT),
    "Start": ("start", TEXT),
    **_with_format("InteractiveExeNum", "interactiveExeNum", WHOLE),
    "StepCausedSequenceFailure": ("causedSeqFailure", FLAG),
    "StepCausedUUTFailure": ("causedUUTFailure", FLAG),
}
LOOP: Final[Names] = {
    "num": ("num", WHOLE),
    "passed": ("passed", WHOLE),
    "failed": ("failed", WHOLE),
    "ending_index": ("endingIndex", WHOLE),
    "index": ("idx", WHOLE),
}
SEQUENCE_CALL: Final[Names] = {"Name": ("name", TEXT), "Version": ("version", TEXT), "Filepath": ("path", TEXT)}
NUMERIC: Final[Names] = {
    "Name": ("name", TEXT),
    **_with_format("NumericValue", "value", NUMBER),
    "Units": ("unit", TEXT),
    "CompOperator": ("compOp", TEXT),
    **_with_format("HighLimit", "highLimit", NUMBER),
    **_with_format("LowLimit", "lowLimit", NUMBER),
    "Status": ("status", STATUS),
}
STRING: Final[Names] = {
    "Name": ("name", TEXT),
    "CompOperator": ("compOp", TEXT),
    "StringLimit": ("limit", KEPT),
    "StringValue": ("value", KEPT),
    "Status": ("status", STATUS),
}
PASS_FAIL: Final[Names] = {"Name": ("name", TEXT), "Status": ("status", STATUS)}
MESSAGE: Final[Names] = {**_with_format("Button", "button", WHOLE), "Response": ("response", TEXT)}
CALL_EXE: Final[Names] = _with_format("ExitCode", "exitCode", NUMBER)
CHART: Final[Names] = {
    "ChartType": ("chartType", TEXT),
    "Label": ("label", TEXT),
    "XLabel": ("xLabel", TEXT),
    "XUnit": ("xUnit", TEXT),
    "YLabel": ("yLabel", TEXT),
    "YUnit": ("yUnit", TEXT),
}
SERIES: Final[Names] = {"Name": ("name", KEPT), "DataType": ("dataType", TEXT)}
ATTACHMENT: Final[Names] = {"Name": ("name", KEPT), "ContentType": ("contentType", TEXT)}

MEASUREMENTS: Final[Mapping[str, tuple[str, Names]]] = {
    "NumericLimit": ("numericMeas", NUMERIC),
    "StringValue": ("stringMeas", STRING),
    "PassFail": ("booleanMeas", PASS_FAIL),
}
PARTS_OF_STEP: Final[Mapping[str, tuple[str, Names]]] = {
    "Loop": ("loop", LOOP),
    "SequenceCall": ("seqCall", SEQUENCE_CALL),
    "MessagePopup": ("messagePopup", MESSAGE),
    "Callexe": ("callExe", CALL_EXE),
}
