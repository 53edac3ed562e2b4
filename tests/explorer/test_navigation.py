"""How a reader gets around: keyboard, addresses, links, the way back, and the tour."""

import json
import re

import pytest
from selenium.webdriver import Keys


@pytest.mark.browser
def test_the_page_opens_from_a_file_without_a_message_or_a_request(reader, explored):
    reader.open("#view=runs").find("#play").click()
    events = [json.loads(entry["message"])["message"] for entry in reader.driver.get_log("performance")]
    requests = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    assert (explored / "index.html").as_uri() in requests
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:", "about:"))] == []
    assert len({url for url in requests if url.startswith("file:")}) == 1
    assert reader.driver.get_log("browser") == []


@pytest.mark.browser
def test_all_controls_are_reached_with_the_keyboard_in_reading_order_and_have_names(reader):
    expected = {
        "": ["start-tour", "copy", "cloud", "shape", "order", "search", *["card"] * 4],
        "#view=seeds": ["start-tour", "copy", "play", "step", "protocol", "activation", *["seed"] * 3, "ends"],
        "#view=runs": ["play", "step", "compare", "same-scale", *["protocol", "activation", "seed"] * 2],
        "#view=families": ["family", "value", "family-values"],
        "#verdict=G4a,notebook,sgld": ["show-runs", "close", "comparisons"],
    }
    for state, names in expected.items():
        reader.open(state)
        seen = []
        for _ in range(25):
            reader.driver.switch_to.active_element.send_keys(Keys.TAB)
            element = reader.driver.switch_to.active_element
            if element.tag_name == "body":
                break
            name = element.get_attribute("id") or element.get_attribute("class") or element.tag_name
            seen.append("seed" if element.get_attribute("data-seed") else name)
            assert element.accessible_name, element.get_attribute("outerHTML")[:200]
            style = reader.driver.execute_script("return getComputedStyle(arguments[0]).outlineStyle", element)
            assert style == "solid", name
            if len([name for name in seen if name in names]) == len(names):
                break
        assert [name for name in seen if name in names] == names


@pytest.mark.browser
def test_the_address_keeps_the_view_and_a_bad_address_is_no_error(reader):
    reader.open("#verdict=S3a,zero_bias,notebook").click("#show-runs")
    reader.choose("a", "seed", "2").press(Keys.HOME, Keys.ARROW_RIGHT)
    address = reader.driver.current_url.split("#")[1]
    kept = reader.chosen("a"), reader.chosen("b"), reader.step
    reader.open(f"#{address}")
    assert (reader.chosen("a"), reader.chosen("b"), reader.step) == kept
    assert not reader.find("#notice").is_displayed()
    reader.open("#a=no,such,run,99&b=&step=many&verdict=G9,x,y")
    assert reader.chosen("a") == ["notebook × notebook", "ReLU", "1"]
    notice = reader.find("#notice").text
    for wrong in ("protocol “no, such”", "activation “run”", "seed “99”", "step “many”", "verdict “G9,x,y”"):
        assert wrong in notice
    assert reader.driver.get_log("browser") == []


@pytest.mark.browser
def test_back_returns_to_every_view_that_was_left(reader):
    reader.open().click('.card[data-name="gelu"]').click('#grid button[data-seed="2"]').choose("a", "seed", "3")
    assert reader.chosen("a") == ["zero_bias × notebook", "GELU", "3"]
    assert reader.press(Keys.HOME).back().chosen("a") == ["zero_bias × notebook", "GELU", "2"]
    assert reader.back().title() == "GELU: one function, many seeds"
    assert reader.back().title() == "All activations"
    reader.driver.forward()
    assert reader.settled().title() == "GELU: one function, many seeds"


@pytest.mark.browser
def test_the_link_that_is_copied_leads_to_what_is_shown(reader):
    reader.open("#view=seeds").press(Keys.HOME).click("#copy").until(lambda: bool(reader.find("#copied").text))
    link = reader.find("#link").get_attribute("value")
    assert link == reader.driver.current_url
    reader.open(f"#{link.split('#')[1]}")
    assert (reader.title(), reader.step) == ("ReLU: one function, many seeds", 0)


@pytest.mark.browser
def test_the_tour_shows_activations_seeds_and_a_statement(reader):
    reader.open().click("#start-tour")
    titles = []
    for at in (1, 2, 3):
        assert reader.find("#tour-count").text == f"Tour, {at} of 3"
        assert not re.search(r"undefined|null|NaN", reader.find("#tour-text").text)
        titles.append(reader.title())
        reader.click("#tour-on")
    assert titles[0] == "All activations"
    assert titles[1].endswith(": one function, many seeds")
    assert titles[2] == "Statements and verdicts"
    assert not reader.find("#tour").is_displayed()
    assert reader.back().find("#tour-count").text == "Tour, 3 of 3"
