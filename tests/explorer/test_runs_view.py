"""The view of runs: the slider moves everything together, runs are compared, and steps are played."""

import re

import numpy as np
import pytest
from selenium.webdriver import Keys

from superposition import wording
from superposition.activations import BY_NAME
from superposition.explorer.run_data import UNITS
from superposition.figures.directions import outline
from superposition.measures import geometry
from superposition.measures.geometry import Thresholds
from superposition.schedules import nearest_steps
from superposition.tables.trajectory import load

from .small_study import LLC, run_in


def near(at: list[int], step: int) -> int:
    return nearest_steps([step], at)[0]


@pytest.mark.browser
@pytest.mark.parametrize("steps_back", [0, 11, 25])
def test_the_slider_moves_polygon_loss_llc_and_superposition_together(reader, explored, table, small, steps_back):
    reader.open("#a=notebook,sgld,gelu,2&step=300").press(*[Keys.ARROW_LEFT] * steps_back)
    step = small.weight_steps("notebook")[-1 - steps_back]
    assert reader.step == step
    loss, seen = (run_in(table(name), "notebook", "gelu", 2).set_index("step") for name in ("loss", "superposition"))
    assert reader.value("a", "loss") == wording.number(loss.loss[step])
    assert reader.value("a", "represented") == str(int(seen.n_represented[step]))
    assert reader.value("a", "recovered") == str(int(seen.n_recovered[step]))
    assert reader.value("a", "corners") == str(int(seen.polygon[step]))
    checkpoints = nearest_steps(small.checkpoint_steps, small.weight_steps("notebook"))
    checkpoint = near(checkpoints, step)
    expected = LLC[checkpoints.index(checkpoint)]
    assert reader.value("a", "llc") == wording.number(expected)
    # Marks on the curves; the loss as log10; an estimate beyond the axis has none.
    ribbon, loss_mark, llc_mark, count_mark = reader.marks("a")
    assert ribbon == []
    assert loss_mark == pytest.approx([step, np.log10(loss.loss[step])], rel=1e-4)
    assert llc_mark == ([] if expected < 0 or expected > 100 else [checkpoint, expected])
    assert count_mark == [step, seen.n_represented[step]]
    runs = load(explored / "notebook-gelu.safetensors").of([2])
    longest = np.linalg.norm(runs.W[0], axis=1).max()
    W = runs.at([step]).W[0, 0] / (1.12 * longest)
    np.testing.assert_allclose(reader.ends("#panel-a .polygon"), W, atol=1 / UNITS + 1e-4)
    from superposition.model.training import outputs_of

    preset = small.training["notebook"]
    answers = outputs_of(BY_NAME["gelu"], preset, runs.at([step])).outputs[0, 0]
    shown = geometry.recovered(answers, thresholds=Thresholds(**small.config["superposition"]))
    dots = reader.all("#panel-a .polygon .dot")
    assert [("uncounted" in dot.get_attribute("class")) for dot in dots] == (~shown).tolist()
    path = reader.find("#panel-a .polygon .hull").get_attribute("d")
    corners = np.array(re.findall(r"[ML](\S+) (\S+?)(?=[ML]|$)", path), dtype=float).T * [[1], [-1]]
    assert _features(corners, W) == _features(outline(W[:, shown]), W)


def _features(corners: np.ndarray, W: np.ndarray) -> set[int]:
    """Return the features whose directions are nearest to the corners of a hull."""
    return {int(((W.T - corner) ** 2).sum(1).argmin()) for corner in corners.T}


@pytest.mark.browser
def test_the_slider_works_with_every_key_of_a_slider_and_says_where_it_is(reader, small):
    steps = small.weight_steps("notebook")
    slider = reader.open("#view=runs").find("#step")
    assert reader.press(Keys.HOME).step == 0
    assert reader.press(Keys.ARROW_RIGHT, Keys.ARROW_UP).step == steps[2]
    assert slider.get_attribute("aria-valuetext") == f"step {steps[2]} of 300"
    assert reader.press(Keys.END).step == 300
    assert reader.press(Keys.PAGE_DOWN).step < steps[-3]


@pytest.mark.browser
def test_two_runs_are_chosen_apart_and_compared_at_the_same_step(reader, table):
    reader.open("#view=runs").choose("b", "protocol", "zero_bias × notebook").choose("b", "activation", "CELU").choose(
        "b", "seed", "3"
    )
    reader.press(*[Keys.ARROW_LEFT] * 8)
    assert reader.chosen("a") == ["notebook × notebook", "ReLU", "1"]
    assert reader.chosen("b") == ["zero_bias × notebook", "CELU", "3"]
    for letter, key in (("a", ("notebook", "relu", 1)), ("b", ("zero_bias", "celu", 3))):
        loss = run_in(table("loss"), *key).set_index("step").loss[reader.step]
        assert reader.value(letter, "loss") == wording.number(loss)
    reader.find("#compare").click()
    assert not reader.settled().find("#panel-b").is_displayed()


@pytest.mark.browser
def test_the_ribbon_shows_events_and_critical_points(reader, table):
    reader.open("#view=runs&a=notebook,notebook,relu,1&step=100")
    rows = table("transitions").query("training == 'notebook' and activation == 'relu' and seed == 1")
    rows = rows[rows.sampler.isna() | (rows.sampler == "notebook")]
    for kind in ("loss_drop", "superposition_change", "llc_rise"):
        assert len(reader.all(f"#panel-a .ribbon .{kind}")) == (rows.kind == kind).sum()
    bars = reader.all("#panel-a .ribbon .stage")
    assert [bar.get_attribute("textContent") for bar in bars] == ["4 live", "5 live"]
    # From step 50 to 100 and from there to 300, on an axis of log(step + 1).
    (x, width), (next_x, next_width) = ([float(bar.get_attribute(name)) for name in ("x", "width")] for bar in bars)
    assert x + width == pytest.approx(next_x, abs=0.01)
    assert width / next_width == pytest.approx(np.log(101 / 51) / np.log(301 / 101), rel=0.01)
    assert reader.value("a", "stage") == "5 live"
    reader.open("#view=runs&a=notebook,notebook,relu,2&step=100")
    assert reader.all("#panel-a .ribbon .stage") == []


@pytest.mark.browser
def test_playing_begins_with_the_first_change_and_ends_at_the_last_step(reader, explored):
    reader.open("#view=runs&a=notebook,notebook,gelu,1").find("#play").click()
    assert reader.find("#play").text == "Pause"
    began = reader.step
    runs = load(explored / "notebook-gelu.safetensors").of([1])
    moved = np.linalg.norm(runs.W[0] - runs.W[0, 0], axis=1).max(-1) > 0.02 * np.linalg.norm(runs.W[0], axis=1).max()
    before = runs.steps[max(int(moved.argmax()) - 1, 0)]
    assert before <= began < 300
    reader.until(lambda: reader.step > began).click("#play")
    assert reader.find("#play").text == "Play"
    reader.press(Keys.END, *[Keys.ARROW_LEFT] * 4).find("#play").click()
    reader.until(lambda: reader.find("#play").text == "Play").settled()
    assert reader.step == 300


@pytest.mark.browser
def test_without_motion_playing_shows_a_picture_each_second(reader):
    still = {"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]}
    reader.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", still)
    record = """const output = document.getElementById("step-text"); window.seen = [];
        new MutationObserver(() => window.seen.push(output.textContent)).observe(output, {childList: true});"""
    try:
        reader.open("#view=runs&a=notebook,notebook,gelu,1").press(*[Keys.ARROW_LEFT] * 12)
        reader.driver.execute_script(record)
        reader.find("#play").click()
        reader.until(lambda: reader.find("#play").text == "Play")
        # 12 of at most 40 steps take at least 2.4 of 8 seconds, with steps shown one by one 12 pictures.
        assert 2 <= len(set(reader.driver.execute_script("return window.seen"))) <= 5
    finally:
        reader.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
