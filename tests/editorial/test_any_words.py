"""Whatever an author or an editor types, in any script: a sound letter that says it once, or one clear error."""

import json
import re
from html import unescape

from hypothesis import example, given, settings
from hypothesis import strategies as st

from newsletter.editorial.escape import without_controls
from newsletter.editorial.front_matter import make_document
from newsletter.editorial.markdown import render_markdown
from newsletter.editorial.render import Imprint
from newsletter.errors import NewsletterError
from newsletter.model import RenderedMail
from tests.editorial.launch_project import make_article, make_block, make_image, make_list, make_site, render

#: Any character, and often those that mean something to YAML, Markdown, HTML, Jinja, MJML or a typographer.
SIGNS = st.sampled_from(
    [*"<>&\"'\\{}[]()*_`|#!:;?«»%$\u00a0\u202f\u200d\u0301\u2028\x85\ud800", "{{", "</mj-text>", "]]>"]
)
WORDS = st.lists(st.text(st.characters(), max_size=6) | SIGNS, max_size=8).map("".join)


def seen(markup: str) -> str:
    """Words of an HTML, without blanks."""
    return squeezed(unescape(re.sub(r"<!--.*?-->|<(style|title)\b.*?</\1>|<[^>]*>", "", markup, flags=re.DOTALL)))


def squeezed(words: str) -> str:
    return re.sub(r"\s", "", words)


#: An imprint that leaves every word as typed.
AS_TYPED = Imprint(site=make_site().changed(typography=False), mailing_list=make_list())


def rendered(**said: str) -> RenderedMail | None:
    """A letter that says these words everywhere; None after a clear error."""
    article = make_article("a", title=said["title"], body=said["body"], image=make_image("a", alt=said["alt"]))
    blocks = (make_block("lead", "a", whole=True, kicker="x"), make_block("card", "a"), make_block("call", "a"))
    try:
        return render(*blocks, articles={"a.md": article}, imprint=AS_TYPED, preheader=said["title"]).mail
    except NewsletterError as error:
        assert str(error)
        return None


@settings(max_examples=40, deadline=None)
@given(title=WORDS, body=WORDS, alt=WORDS)
@example(title="</mj-text>", body="<p>a<p>b", alt='" onerror="x')
@example(title="\\u{202f}", body="{{ x }} {% for %}", alt="{{ first_name }}")
def test_a_letter_is_sound_whatever_is_typed(title: str, body: str, alt: str) -> None:
    mail = rendered(title=f"T{title}T", body=body, alt=f"A{alt}A")
    if mail is None:
        assert "{{" in title + alt, "only a merge field that nobody knows may stop a letter"
        return
    assert squeezed(without_controls(f"T{title}T")) in seen(mail.html)
    assert squeezed(without_controls(f"T{title}T")) in squeezed(mail.text)
    alts = [squeezed(unescape(it[1])) for it in re.findall(r"<img[^>]* alt=([\"'])(.*?)\1", mail.html, re.DOTALL)]
    assert squeezed(without_controls(f"A{alt}A")) in alts
    assert not re.search(r"<mj-|<script|<[^>]*\sonerror=", re.sub(r'"[^"]*"', '""', mail.html))
    mail.html.encode()
    mail.text.encode()


def quoted(words: str) -> str:
    """Words as YAML writes them between quotation marks: what it takes for a line end by its number (YAML 1.1 §5.4)."""
    written = json.dumps(words, ensure_ascii=False)
    return re.sub("[\x85\u2028\u2029]", lambda end: f"\\u{ord(end[0]):04x}", written)


#: What the reader refuses with a line: control characters and noncharacters.
REFUSED = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffe\uffff\ufeff]")


@given(st.dictionaries(st.sampled_from(["title", "cat", "img_alt"]), st.text(st.characters(codec="utf-8")), min_size=1))
def test_any_words_in_quotes_are_read_back_from_front_matter(fields: dict[str, str]) -> None:
    lines = "".join(f"{key}: {quoted(value)}\n" for key, value in fields.items())
    try:
        document = make_document(f"---\n{lines}---\nmot\n".encode(), file="x.md")
    except NewsletterError as error:
        assert error.where is not None
        assert REFUSED.search("".join(fields.values()))
    else:
        assert document.front_matter == fields


CODE = st.text("abé :;!?«»'\"…-1x°", min_size=1, max_size=20).map(lambda words: f"x{words}x")


@given(CODE, st.sampled_from(["fr", "fr-CA", "en"]))
@example("a:b ; c ! d", "fr")
def test_typography_changes_no_code_and_no_address(words: str, language: str) -> None:
    plain = words.replace("`", "")
    path = re.sub(r"[^a-z0-9;:!?'-]", "", words)
    source = f"`{plain}` et [lien](https://a.be/{path}) et ![alt](/x.jpg)"
    html = render_markdown(source, resolve=lambda url: url, language=language).html
    assert f"<code>{plain}</code>" in unescape(html)
    assert f'href="https://a.be/{path}"' in unescape(html)
