"""Templates: values keep their types, undefined names are errors, nothing reaches the interpreter."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.jobs import templates
from pywats.jobs.templates import TemplateError

CONTEXT = {
    "vars": {"part": "001", "limit": 5, "list": [1, 2], "items": "mine", "map": {"a": None}},
    "run": {"date": "2026-03-04"},
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ vars.part }}", "001"),
        ("{{ vars.limit }}", 5),
        ("{{vars.limit}}", 5),
        ("{{ vars.limit + 1 }}", 6),
        ("{{ vars.limit ** 3 }}", 125),
        ("{{ 10 ** -2 }}", 0.01),
        ("{{ 10 ** 9 * 10 ** 9 }}", 10**18),
        ("{{ 2 * 1.5 }}", 3.0),
        ("{{ '-' * vars.limit }}", "-----"),
        ("{{ vars.list }}", [1, 2]),
        ("{{ vars.map.a }}", None),
        ("{{ vars['part'] }}", "001"),
        ("{{ vars.items }}", "mine"),
        ("{{ vars.limit > 3 }}", True),
        ("{{ vars.part or 'x' }}", "001"),
        ("{{ '[1, 2]' }}", "[1, 2]"),
        ("{{ '12' }}", "12"),
        (" {{ vars.limit }}", " 5"),
        ("{{ vars.limit }}{{ vars.limit }}", "55"),
        ("out/{{ run.date }}.csv", "out/2026-03-04.csv"),
        ("{% if vars.limit > 3 %}many{% else %}few{% endif %}", "many"),
        ("{% for each in vars.list %}{{ each }};{% endfor %}", "1;2;"),
        (
            "{% for each in vars.list %}{{ loop.index }}/{{ loop.length }}{{ ', ' if not loop.last }}{% endfor %}",
            "1/2, 2/2",
        ),
        ("{{ vars.part | upper }}", "001"),
        ("{# nothing #}x", "x"),
        ("<{{ '<' }}>", "<<>"),
    ],
)
def test_a_template_gives_a_value_of_its_own_type(text, value):
    assert templates.is_template(text)
    rendered = templates.render(text, CONTEXT)
    assert rendered == value
    assert type(rendered) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(40) }}",
    ],
)
def test_what_would_take_all_time_is_ended(text):
    with pytest.raises(TemplateError, match="more than 1,000,000 rounds of loops and calls are not done"):
        templates.render(text, CONTEXT)


@pytest.mark.parametrize(
    "text", ["{{ 9 ** (9 ** 9) }}", "{{ vars.limit ** (1e9 | int) }}", "{{ 'x' * 10 ** 9 }}", "{{ 10 ** 9 * [vars] }}"]
)
def test_what_would_take_all_time_and_memory_is_refused(text):
    with pytest.raises(TemplateError, match=r"is not (computed|made)"):
        templates.render(text, CONTEXT)


@pytest.mark.parametrize("value", ["plain", "a } b", "$${x}", 5, None, ["{{ x }}"]])
def test_what_has_no_marks_is_no_template(value):
    assert not templates.is_template(value)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{{ vars.part }}", {("vars", "part")}),
        ("{{ vars['part'] }}", {("vars", "part")}),
        ("{{ vars }}", {("vars",)}),
        ("a {{ vars.a.b }} {{ run.date[:4] }}", {("vars", "a", "b"), ("run", "date")}),
        ("{{ steps.a.result[0].uuid }}", {("steps", "a", "result", "0", "uuid")}),
        ("{% for each in vars.list %}{{ each.name }}{% endfor %}", {("vars", "list")}),
        ("{% set x = run.date %}{{ x.y }}", {("run", "date")}),
        ("{{ 1 + 1 }}", set()),
    ],
)
def test_the_names_of_a_template_are_found_without_rendering_it(text, names):
    assert templates.names(text) == names


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "{{ vars.prt }}",
            '{{ vars.prt }}: prt is undefined; there is part, limit, list, items, map (did you mean "part"?)',
        ),
        (
            "x {{ vars['prt'] }}",
            """x {{ vars['prt'] }}: prt is undefined; there is part, limit, list, items, map (did you mean "part"?)""",
        ),
        ("{{ vars.map.a.b }}", "{{ vars.map.a.b }}: b is undefined; what it is looked for in is empty"),
        ("{{ vars.list[3] }}", "{{ vars.list[3] }}: list object has no element 3"),
        ("{{ vars.part.b }}", "{{ vars.part.b }}: 'str object' has no attribute 'b'"),
        ("{{ nothing }}", "{{ nothing }}: 'nothing' is undefined"),
        ("{{ nothing.at.all }}", "{{ nothing.at.all }}: 'nothing' is undefined"),
        ("{{ vars.part + 1 }}", '{{ vars.part + 1 }}: can only concatenate str (not "int") to str'),
        (
            "{{ vars.list.append(3) }}",
            "{{ vars.list.append(3) }}: access to attribute 'append' of 'list' object is unsafe.",
        ),
        ("{{ ().__class__ }}", "{{ ().__class__ }}: access to attribute '__class__' of 'tuple' object is unsafe."),
        (
            "{{ range(10000000) | list }}",
            "{{ range(10000000) | list }}: Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).",
        ),
        ("{% include 'x' %}", "{% include 'x' %}: no loader for this environment specified"),
        ("{{ " + "(" * 5000, "{{ " + "(" * 77 + "…: is no template: nested too deeply"),
    ],
)
def test_a_template_that_fails_says_which_expression_and_why(text, message):
    with pytest.raises(TemplateError) as caught:
        templates.render(text, CONTEXT)
    assert str(caught.value) == message
    assert CONTEXT["vars"]["list"] == [1, 2]


@given(
    st.lists(
        st.sampled_from([*"{}%#|.()[]'\" \n+*axf0", "{{", "}}", "{%", "%}", "vars", "run.date", "for", "in", "end"]),
        max_size=40,
    ).map("".join)
)
def test_any_text_is_rendered_or_is_a_template_error(text):
    for attempt in (lambda: templates.render(text, CONTEXT), lambda: templates.names(text)):
        with contextlib.suppress(TemplateError):
            attempt()
