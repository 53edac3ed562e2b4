"""No view overlaps, scrolls sideways, is too faint to read, or shows a value that is none."""

import json
import re
from itertools import pairwise

import numpy as np
import pytest

from superposition import wording
from superposition.explorer import page
from superposition.explorer.run_data import NOT_FINITE, packed

from .browser import Reader
from .small_study import DIVERGED, MISSING, parts


@pytest.mark.browser
@pytest.mark.parametrize(("run", "note"), [(DIVERGED, "This run diverged"), (MISSING, "There is no such run")])
def test_values_that_do_not_exist_are_dashes_with_a_note(reader, run, note):
    training, activation, seed = run
    reader.open(f"#a={training},notebook,{activation},{seed}&step=300")
    assert note in reader.find("#panel-a .note").text
    for name in ("loss", "represented", "recovered", "corners", "onset"):
        assert reader.value("a", name) == wording.MISSING
    assert reader.all("#panel-a .polygon .dot") == []


@pytest.mark.browser
def test_no_view_shows_a_value_that_is_no_number(reader, small):
    shown = []
    texts = """return [document.body.innerText,
        ...[...document.querySelectorAll("[aria-label]")].map((named) => named.ariaLabel)]"""
    reader.open("#view=notes")
    for training, activation, seed in (DIVERGED, MISSING, ("notebook", "relu", 1)):
        run = f"a={training},sgld,{activation},{seed}"
        for view in (f"#view=seeds&{run}", f"#{run}&step=300"):
            shown += reader.go(view).driver.execute_script(texts)
    for view in ("#view=overview", "#verdict=S1a,notebook,sgld", "#view=families", "#view=statements"):
        shown += reader.go(view).driver.execute_script(texts)
    assert "replicated" in " ".join(shown)
    assert not re.search(r"\b(nan|null|undefined|infinity|inf|none)\b", " ".join(shown), flags=re.IGNORECASE)


VIEWS = {
    "overview": "#view=overview&order=family",
    "seeds": "#view=seeds",
    "runs": "#a=notebook,notebook,tanh,3&b=notebook,notebook,relu,1&step=300",
    "families": "#view=families",
    "evidence": "#verdict=S6b,notebook,sgld",
    "statements": "#view=statements",
    "notes": "#view=notes",
    "tour": "#tour=2",
    "wrong link": "#a=no,such,run,99&b=&step=many&verdict=G9,x,y",
}


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (360, "dark"), (900, "light"), (1440, "dark")])
def test_no_view_scrolls_sideways_and_text_can_be_read_in_both_schemes(reader, width, scheme):
    size = {"width": width, "height": 740, "deviceScaleFactor": 1, "mobile": False}
    reader.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    reader.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    try:
        reader.open()
        for name, view in VIEWS.items():
            reader.go(view)
            assert reader.driver.execute_script("return document.documentElement.scrollWidth") <= width, name
            assert reader.driver.execute_script(CONTRAST) >= 4.5, name  # WCAG 2.2, AA
    finally:
        reader.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        reader.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


CONTRAST = """
const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
const rgba = (color) => {
  canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
};
const behind = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const color = rgba(getComputedStyle(at).backgroundColor);
    if (color[3] > 250) return color;
  }
  return [255, 255, 255, 255];
};
const light = (color) => {
  const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  const [r, g, b] = color.slice(0, 3).map((part) => linear(part / 255));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
let worst = 21;
for (const element of document.querySelectorAll("body *")) {
  const has = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  const isShown = element.checkVisibility && element.checkVisibility() && !element.disabled;
  if (!has || !isShown || element.closest("title, .inside, .swatch, option, .for-readers, .skip")) continue;
  const style = getComputedStyle(element);
  const color = element instanceof SVGElement ? style.fill : style.color;
  const [a, b] = [light(rgba(color)), light(behind(element))].sort((x, y) => y - x);
  worst = Math.min(worst, (a + 0.05) / (b + 0.05));
}
return worst;
"""


@pytest.mark.browser
@pytest.mark.parametrize("is_diverged", [False, True])
def test_the_least_of_all_studies_has_a_page_even_if_all_of_its_runs_diverged(chrome, least, tmp_path, is_diverged):
    (tmp_path / "index.html").write_text(page.page(_diverged(least) if is_diverged else least, **parts()))
    reader = Reader(chrome, (tmp_path / "index.html").as_uri())
    chrome.get_log("browser")
    shown = [reader.open().find("body").text]
    assert [card.get_attribute("data-name") for card in reader.all(".card")] == ["relu"]
    assert reader.find("#about").text == "1 activation, 1 seed each, trained in one way: the only one."
    assert not reader.find(".families-only").is_displayed()
    for view in VIEWS.values():
        shown.append(reader.go(view).find("body").text)
    reader.go("#view=overview&order=label").click("#start-tour").click("#tour-on")
    shown.append(reader.find("#tour-text").text)
    assert ("No run ended with finite weights" in " ".join(shown)) == is_diverged
    wrong = r"\b(nan|null|undefined|infinity)\b|\b1 (seeds|activations|runs)\b"
    assert not re.search(wrong, " ".join(shown), re.IGNORECASE)
    assert chrome.get_log("browser") == []


def _diverged(content: dict) -> dict:
    """Return the content of a page of one run, nothing of which is finite."""
    content = json.loads(json.dumps(content))
    [preset] = content["training"].values()
    n_steps, size = len(preset["steps"]), 2 * preset["nFeatures"]
    for runs, n in ((preset, n_steps), (preset["ends"], 1)):
        units = np.full((size, n), NOT_FINITE, np.int16)
        runs |= {"weights": packed(np.diff(units, prepend=np.int16(0))), "scale": packed(np.zeros(1, np.float32))}
    preset["loss"] = packed(np.full(len(preset["lossSteps"]), np.nan, np.float32))
    preset["ends"] |= {"loss": packed(np.float32([np.nan])), "recovered": packed(np.uint8([255]))}
    preset["counts"] = {name: packed(np.full(n_steps, 255, np.uint8)) for name in preset["counts"]}
    preset["facts"] = {name: [None] for name in preset["facts"]} | {"status": ["diverged"], "diverged_step": [0]}
    preset["events"] = {}
    return content


@pytest.mark.browser
@pytest.mark.parametrize("width", [800, 1280])
def test_nothing_overlaps_and_panels_are_in_line(reader, width):
    size = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
    reader.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        # Panel A has a note, panel B has none; still their plots are in line.
        reader.open(VIEWS["runs"])
        boxes = [reader.find(selector).rect for selector in ("#timeline", "#panel-a", "#panel-b", ".key")]
        a, b = boxes[1:3]
        assert a["y"] == b["y"]
        assert a["x"] + a["width"] <= b["x"]
        stacked = [boxes[0], boxes[1], boxes[3]]
        assert all(one["y"] + one["height"] <= other["y"] for one, other in pairwise(stacked))
        tops = [reader.find(f"#panel-{letter} .curves").rect["y"] for letter in "ab"]
        assert tops[0] == tops[1]
        polygon = reader.find("#panel-b .polygon svg").rect
        assert polygon["width"] == pytest.approx(polygon["height"], rel=1e-3)
    finally:
        reader.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
