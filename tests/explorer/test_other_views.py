"""The views of activations, seeds, families and statements show what the tables say."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from selenium.webdriver import Keys
from selenium.webdriver.common.by import By

from superposition import palette, wording
from superposition.explorer import page
from superposition.explorer.run_data import UNITS
from superposition.tables.trajectory import load

from .browser import Reader
from .small_study import DIVERGED, parts


@pytest.mark.browser
def test_a_verdict_leads_to_the_runs_and_numbers_that_it_rests_on_and_back(reader, table):
    link = reader.open("#view=statements").find('#tables a[href="#verdict=G4a,notebook,sgld"]')
    row = table("claims").query("id == 'G4a' and training == 'notebook' and sampler == 'sgld'").iloc[0]
    assert link.text.splitlines()[0] == row.verdict
    assert row.verdict != "not testable"
    assert link.text.splitlines()[1].startswith(wording.number(row.estimate))
    link.send_keys(Keys.ENTER)
    reader.until(reader.find("#evidence").is_displayed).settled()
    assert reader.driver.switch_to.active_element.get_attribute("id") == "evidence-title"
    assert reader.find("#sentence").text == row.sentence
    rows = [
        [cell.text for cell in line.find_elements(By.TAG_NAME, "td")] for line in reader.all("#comparisons tbody tr")
    ]
    found = table("claim_comparisons").query("id == 'G4a' and training == 'notebook' and sampler == 'sgld'").iloc[0]
    numbers = f"{wording.number(found.estimate)} {wording.interval(found.low, found.high)}"
    assert rows == [["GELU − CELU", numbers.replace("\u00a0", " "), "3", found.verdict]]
    # On the axis, the estimate lies between no effect and the margin as it does in numbers.
    [dot], [margin], [no_effect] = (reader.all(f"#forest {name}") for name in (".interval circle", ".margin", ".null"))
    at = [float(re.findall(r"[\d.]+", mark.get_attribute("d"))[0]) for mark in (no_effect, margin)]
    share = (float(dot.get_attribute("cx")) - at[0]) / (at[1] - at[0])
    assert share == pytest.approx((found.estimate - row.null_value) / (row.margin_low - row.null_value), abs=0.01)
    seen = (
        table("run_transitions").query("variant == 'base' and training == 'notebook'").set_index(["activation", "seed"])
    )
    titles = [dot.get_attribute("textContent") for dot in reader.all("#charts .run")]
    expected = [
        f"{label}, seed {seed}: {wording.number(seen.n_features[name, seed] - 2)}"
        for name, label in (("gelu", "GELU"), ("celu", "CELU"))
        for seed in (1, 2, 3)
    ]
    assert titles == expected
    reader.driver.execute_script("arguments[0].dispatchEvent(new Event('click'))", reader.all("#charts .run")[4])
    assert reader.settled().chosen("b") == ["notebook × sgld", "CELU", "2"]
    reader.back().click("#show-runs")
    assert reader.chosen("a") == ["notebook × sgld", "GELU", "1"]
    assert reader.chosen("b") == ["notebook × sgld", "CELU", "2"]
    reader.back().click("#close")
    assert reader.driver.switch_to.active_element == reader.find('#tables a[href="#verdict=G4a,notebook,sgld"]')


@pytest.mark.browser
def test_every_verdict_is_a_word_on_its_colour(reader, table):
    claims = pd.concat([table("claims"), table("prior_work")])
    cells = reader.open("#view=statements").all("#tables .verdict")
    assert len(cells) == len(claims)
    script = """return [...document.querySelectorAll("#tables .verdict")].map((cell) =>
        [cell.querySelector("b").textContent, getComputedStyle(cell).backgroundColor])"""
    found = reader.driver.execute_script(script)
    assert {word for word, _ in found} == set(claims.verdict)
    for word, color in found:
        fill = palette.FILLS.get(word)
        expected = tuple(int(fill[i : i + 2], 16) for i in (0, 2, 4)) if fill else (0, 0, 0)
        assert tuple(map(int, re.findall(r"\d+", color)[:3])) == expected


@pytest.mark.browser
def test_the_page_begins_with_the_signature_figure(reader, table, small):
    runs, last = table("runs"), list(small.protocols.values())[-1]["training"]
    assert reader.open().title() == "All activations"
    means = runs[runs.training == last].groupby("activation").n_recovered.mean()
    cards = reader.all(".card")
    assert [means[card.get_attribute("data-name")] for card in cards] == sorted(means)
    for card in cards:
        name = card.get_attribute("data-name")
        texts = card.text.splitlines()
        for text, training in zip(texts[1:3], (next(iter(small.training)), last), strict=True):
            counts = runs[(runs.training == training) & (runs.activation == name)].n_recovered.dropna()
            assert {int(part) for part in text.split("–")} == {counts.min(), counts.max()}
    reader.find("#search").send_keys("bound")
    assert [card.get_attribute("data-name") for card in reader.settled().all(".card")] == ["tanh"]
    reader.find("#search").send_keys("x")
    assert "No activation fits" in reader.settled().find("#found").text


@pytest.mark.browser
def test_seeds_beside_each_other_follow_the_slider(reader, explored, table, small):
    reader.open("#view=seeds&a=notebook,notebook,tanh,1").press(*[Keys.ARROW_LEFT] * 12)
    recovered = table("superposition").query(f"training == 'notebook' and step == {reader.step}")
    counts = recovered[recovered.activation == "tanh"].set_index("seed").n_recovered
    texts = [button.text.replace("\n", " ") for button in reader.all("#grid button")]
    assert texts[:2] == [f"seed {seed}: {counts[seed]:.0f} recovered" for seed in (1, 2)]
    assert DIVERGED == ("notebook", "tanh", 3)
    assert texts[2].startswith("seed 3: ")
    runs = load(explored / "notebook-tanh.safetensors").of([2])
    W = runs.at([reader.step]).W[0, 0] / (1.12 * np.linalg.norm(runs.W[0], axis=1).max())
    np.testing.assert_allclose(reader.ends('#grid button[data-seed="2"]'), W, atol=1 / UNITS + 1e-4)
    assert reader.press(Keys.END).all("#grid button")[2].text.replace("\n", " ") == "seed 3: diverged"


@pytest.mark.browser
def test_the_slider_of_a_family_shows_its_values(reader):
    reader.open("#view=families&value=1")
    cells = [[cell.text for cell in row.find_elements(By.XPATH, "*")] for row in reader.all("#family-values tbody tr")]
    # Of the runs at 1, those of the fixture; means of two are medians.
    expected = [["recovered features", "3", "3 [3, 3]", "2"], ["loss (MSE)", "0.0500", "0.150 [0.150, 0.150]", "2"]]
    assert cells == [*expected, ["LLC", "–", "5.50 [5.50, 5.50]", "2"]]
    reader.find("#value").send_keys(Keys.ARROW_RIGHT)
    assert reader.settled().find("#value-text").text == "n = 2"
    assert "value=2" in reader.driver.current_url
    cells = [[cell.text for cell in row.find_elements(By.XPATH, "*")] for row in reader.all("#family-values tbody tr")]
    assert cells[0] == ["recovered features", "8", "8 [8, 8]", "1"]  # the other run diverged
    assert cells[2] == ["LLC", "–", "–", "0"]  # its chains drift
    assert "3 → 8 between 1.25 and 1.26" in reader.find("#family-values").text


@pytest.mark.browser
def test_the_key_names_the_initial_polygon_where_a_run_that_is_shown_has_one(chrome, explored, tmp_path):
    content = json.loads((explored / "content.json").read_text())
    content["training"]["zero_bias"]["nInitial"] = 0
    (tmp_path / "index.html").write_text(page.page(content, **parts()))
    reader = Reader(chrome, (tmp_path / "index.html").as_uri())
    for shown, named in {
        "#a=zero_bias,sgld,relu,1&b=zero_bias,sgld,gelu,1": False,
        "#a=zero_bias,sgld,relu,1&b=notebook,sgld,relu,1": True,
        "#a=notebook,sgld,relu,1": True,
    }.items():
        first = " ".join(item.text for item in reader.open(shown).all(".key li")[:2])
        assert ("initial polygon" in first, "other features" in first) == (named, named)
