import pytest

from content.face.way_back import own_path

HOST = "station.example:8480"


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/results?passed=yes&q=%E4%B8%80#end", "/results?passed=yes&q=%E4%B8%80"),
        (f"http://{HOST}/course/food?at=3", "/course/food?at=3"),
        ("/", "/"),
        ("///no.host", "/no.host"),
    ],
)
def test_an_address_of_ours_leads_there(address: str, path: str) -> None:
    assert own_path(address, HOST, "/keeper/") == path


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "results",
        "//evil.example/x",
        f"//{HOST}//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/x\\..\\evil",
        "https://evil.example/",
        f"https://{HOST}.evil.example/",
        f"https://{HOST}@evil.example/",
        "javascript:alert(1)",
        "//[",
        "http://[/",
        "/\t/evil.example",
    ],
)
def test_what_leads_elsewhere_leads_to_where_we_say(address: str | None) -> None:
    assert own_path(address, HOST, "/keeper/") == "/keeper/"
