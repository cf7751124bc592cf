"""content.text.xml_tree: XML of strangers, with lines and within bounds."""

import pytest

from content.model import limits
from content.model.errors import ContentFaults
from content.text.xml_tree import child, line_of, local, parse, said


def fault(source: str | bytes) -> tuple[str, int]:
    with pytest.raises(ContentFaults) as caught:
        parse(source, "a.xml")
    (only_fault,) = caught.value.faults
    return only_fault.code, only_fault.line


def test_elements_know_their_lines_whatever_stands_before() -> None:
    written = '<?xml version="1.0"\n encoding="UTF-8"?>\n<a xmlns="urn:x">\n<b>\n字</b></a>'
    root = parse(written, "x")
    element = child(root, "b")
    assert element is not None
    assert (local(element), line_of(element), said(element)) == ("b", 4, "\n字")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_any_usual_encoding_is_read(encoding: str) -> None:
    written = f'<?xml version="1.0" encoding="{encoding}"?><a>题库</a>'
    assert said(parse(written.encode(encoding), "x")) == "题库"


def test_entities_and_external_files_are_refused() -> None:
    laughs = '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
    outside = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    assert fault(laughs)[0] == fault(outside)[0] == "bank-entities"


def test_a_document_type_without_entities_is_ignored() -> None:
    assert local(parse('<!DOCTYPE q SYSTEM "ims_qtiasiv1p2p1.dtd"><q/>', "x")) == "q"


def test_xml_that_breaks_off_is_refused_at_its_line() -> None:
    assert fault("<a>\n<b></a>") == ("bank-xml", 2)
    assert fault("")[0] == "bank-xml"
    assert fault(b"\xff\xff\xff<a")[0] == "bank-encoding"


def test_depth_without_end_is_refused() -> None:
    depth = limits.MAX_XML_DEPTH
    parse("<a>" * depth + "</a>" * depth, "x")
    assert fault("<a>" * (depth + 1) + "</a>" * (depth + 1))[0] == "bank-deep"


def test_signs_that_xml_cannot_hold_go() -> None:
    assert said(parse("<a>b\x07c&#11;d&#x1;&#65;</a>", "x")) == "bcdA"
