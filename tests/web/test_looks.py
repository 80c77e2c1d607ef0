import pytest

from newsletter.web.studio.looks import Light, lit, without_pictures

LETTER = (
    "<html><head><style>@media (prefers-color-scheme: dark){p{color:red}}@media (prefers-color-scheme:light)"
    '{p{color:blue}}</style></head><body><picture><source srcset="nuit.png" media="(prefers-color-scheme: dark)">'
    '<img src="jour.png" alt="Un méandre"></picture><p>(prefers-color-scheme: dark)</p></body></html>'
)


@pytest.mark.parametrize(
    ("light", "dark"), [("light", "(max-width:0)"), ("dark", "(min-width:0)"), ("forced", "(max-width:0)")]
)
def test_what_the_layout_asks_of_the_light_is_answered(light: Light, dark: str) -> None:
    html = lit(LETTER, light)
    assert f"@media {dark}{{p{{color:red}}}}" in html
    assert f'media="{dark}"' in html
    assert "<p>(prefers-color-scheme: dark)</p>" in html


def test_only_the_forced_dark_inverts_and_it_leaves_pictures_alone() -> None:
    assert ["invert" in lit(LETTER, light) for light in ("light", "dark", "forced")] == [False, False, True]
    assert "img,video,[background]{filter:invert(1)" in lit(LETTER, "forced")


@pytest.mark.parametrize(
    "picture",
    [
        '<img alt="Un méandre" src="https://example.org/a.png">',
        "<img alt='Un méandre' src='https://example.org/a.png' srcset='https://example.org/b.png 2x'>",
        '<td background="https://example.org/a.png">Un méandre',
        """<td style="background:url('https://example.org/a.png')">Un méandre""",
        '<td style="background:url(&quot;https://example.org/a.png&quot;)">Un méandre',
        "<style>p{background:url( https://example.org/a.png )}</style>Un méandre",
    ],
)
def test_without_pictures_their_words_stay_and_no_address(picture: str) -> None:
    html = without_pictures(picture)
    assert "example.org" not in html
    assert "Un méandre" in html


def test_links_stay_without_pictures() -> None:
    assert without_pictures('<a href="https://example.org/">Lire</a>') == '<a href="https://example.org/">Lire</a>'
