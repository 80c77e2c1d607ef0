"""Jinja for layouts: sandboxed, strict, escaped for mrml, and wrong with the file and line of the template."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
    pass_context,
)
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from newsletter.bytecode import compiled
from newsletter.editorial.escape import attr, text
from newsletter.editorial.plaintext import underline, wrap
from newsletter.editorial.typography import typeset
from newsletter.errors import LayoutError, NewsletterError
from newsletter.i18n import _, format_date, speaking
from newsletter.model import Layout, Place

#: What a traced template prints before each of its lines.
_MARK = re.compile("\x02(.*?):(\\d+)\x03")

_NBSP = "\u00a0"
#: Characters of the last two words of a title that stay together.
_SHORT_END = 18


class Templates:
    """The templates of one layout. `.mjml` and `.css` are escaped as mrml needs it, `.txt` not at all."""

    def __init__(self, layout: Layout, *, traced: bool = False) -> None:
        """`traced` marks what comes from which line of which file, for `origin`."""
        folders = (layout.folder, layout.kit) if layout.kit else (layout.folder,)
        self._folders = tuple(map(Path, folders))
        self._markup, self._plain = _environments(folders, layout.sha256, traced)

    def render(self, name: str, context: Mapping[str, Any], *, language: str) -> str:
        """Fill in one template, its fixed words in `language`; raises LayoutError with the template's file and line."""
        environment = self._plain if name.endswith(".txt") else self._markup
        try:
            with speaking(language):
                return environment.get_template(name).render(context)
        except NewsletterError:
            raise
        except Exception as error:  # a template may raise anything
            self._refuse(error, name)

    def _refuse(self, error: Exception, name: str) -> NoReturn:
        if isinstance(error, TemplateSyntaxError):
            raise LayoutError(str(error.message), where=self.place(error.name or name, error.lineno)) from None
        file, line = self._last_frame(error) or (name, None)
        if isinstance(error, TemplateNotFound):
            message = _("the layout has no {file}", file=error.name)
        else:
            message = _("the template cannot be filled in: {reason}", reason=error)
        raise LayoutError(message, where=self.place(file, line)) from None

    def origin(self, traced: str, line: int) -> Place:
        """The template's line that printed a 1-based line of a traced output."""
        printed = "\n".join(traced.split("\n")[:line])
        marks = _MARK.findall(printed)
        name, number = marks[-1] if marks else ("layout.mjml", "1")
        return self.place(name, int(number))

    def printing(self, part: str) -> Place | None:
        """The first line of the templates that prints that part of a value: `start` of `row.start`."""
        asked = re.compile(rf"\{{\{{-?\s*\w+\.{part}\b")
        for path in (path for folder in self._folders for path in sorted(folder.rglob("*.mjml"))):
            source = path.read_text(encoding="utf-8")
            if found := asked.search(source):
                name = next(path.relative_to(folder) for folder in self._folders if path.is_relative_to(folder))
                return self.place(name.as_posix(), source.count("\n", 0, found.start()) + 1)
        return None

    def place(self, name: str, line: int | None) -> Place:
        """A line of a template, as a person finds it: in the layout's folder, else in the kit's."""
        folder = next((folder for folder in self._folders if (folder / name).is_file()), self._folders[0])
        return Place(file=f"{folder.parent.name}/{folder.name}/{name}", line=line)

    def _last_frame(self, error: Exception) -> tuple[str, int] | None:
        """Jinja gives each frame of a template its own file and line."""
        found, frame = None, error.__traceback__
        while frame:
            file = Path(frame.tb_frame.f_code.co_filename)
            for folder in self._folders:
                if file.is_relative_to(folder):
                    found = file.relative_to(folder).as_posix(), frame.tb_lineno
            frame = frame.tb_next
        return found


class _Environment(ImmutableSandboxedEnvironment):
    """The sandbox, quicker about what templates ask for most: words and macros, which lead nowhere but by `_` names."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if type(obj) in (SimpleNamespace, TemplateModule):
            return not attr.startswith("_")
        return super().is_safe_attribute(obj, attr, value)


class _TracingLoader(FileSystemLoader):
    """Puts a mark with file and line before each printed line of a template."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, file, fresh = super().get_source(environment, template)
        tokens = environment.lex(source)
        pieces = (_marked(value, template, line) if kind == "data" else value for line, kind, value in tokens)
        return "".join(pieces), file, fresh


def _marked(data: str, template: str, line: int) -> str:
    lines = data.split("\n")
    marked = "\n".join(f"\x02{template}:{line + n}\x03{it}" if it.strip() else it for n, it in enumerate(lines))
    return f"{marked} " if marked.endswith("{") else marked  # before `{{-`, which took this blank away


@lru_cache(maxsize=8)
def _environments(folders: tuple[str, ...], _sha256: str, traced: bool) -> tuple[_Environment, _Environment]:
    """Compiled templates are kept until a file of the layout changes."""
    shared: dict[str, Any] = {
        "loader": (_TracingLoader if traced else FileSystemLoader)(folders),
        "undefined": StrictUndefined,
        "auto_reload": False,
        "trim_blocks": True,
        "lstrip_blocks": True,
        "bytecode_cache": None if traced else compiled(),
    }
    markup = _Environment(autoescape=True, finalize=_escaped, **shared)
    plain = _Environment(autoescape=False, finalize=_printed, **shared)
    for environment in (markup, plain):
        environment.globals["_"] = _
        environment.filters |= {"date": _date, "title": _title, "typeset": _typeset}
    markup.filters |= {"attr": attr, "text": text, "fill": _fill}
    plain.filters.update(wrap=_wrap, underline=_underline)
    return markup, plain


def forget_templates() -> None:
    """Compile anew, as a process that has just started."""
    _environments.cache_clear()


def _escaped(value: object) -> object:
    """What `{{ … }}` prints in MJML. Numeric references everywhere, so that a forgotten `| attr` does no harm."""
    return value if hasattr(value, "__html__") else attr(value)


def _printed(value: object) -> object:
    return "" if value is None else value


def _date(day: date, style: str = "long") -> str:
    """« 25 août 2023 » in the letter's language; the number never leaves its month."""
    return re.sub(r"(?<=\d) (?=\w)|(?<=\der) (?=\w)|(?<=\w) (?=\d{4})", _NBSP, format_date(day, style))


def _title(words: str) -> str:
    """A title whose last two words, when short, stay on one line."""
    start, space, end = words.rpartition(" ")
    short = len(start.rpartition(" ")[2]) + len(end) <= _SHORT_END
    return f"{start}{_NBSP}{end}" if space and " " in start and short else words


@pass_context
def _typeset(context: Context, words: str) -> str:
    """Words of the settings, with the typography of the letter's language, unless the site wants none."""
    return typeset(words, context["site"].typography_language)


def _fill(sentence: str, **values: object) -> Markup:
    """A translated sentence with markup in its braces: the sentence is escaped, the markup is not."""
    return Markup(text(sentence)).format(**values)  # noqa: S704 - just escaped


def _wrap(words: str | None, **options: Any) -> str:
    return wrap(str(words), **options) if words else ""


def _underline(words: str, sign: str = "-") -> str:
    return underline(words, sign=sign)
