"""The page in headless Chromium, as its readers see it."""

import re
import shutil
from collections.abc import Callable

import numpy as np
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

CHROMIUM, DRIVER = (shutil.which(name) for name in ("chromium", "chromedriver"))


class Reader:
    """What a reader of the page sees and does."""

    def __init__(self, driver: Chrome, url: str):
        self.driver, self.url = driver, url

    def open(self, state: str = "") -> "Reader":
        """Open the page afresh, with a state in its address."""
        self.driver.get("about:blank")
        self.driver.get(self.url + state)
        return self.settled()

    def settled(self) -> "Reader":
        """Wait until nothing has changed for a moment, after which the page writes its address and reads out values."""
        return self.until(lambda: self.find("body").get_attribute("aria-busy") == "false")

    def until(self, is_so: Callable[[], bool]) -> "Reader":
        WebDriverWait(self.driver, 30).until(lambda _: is_so())
        return self

    def find(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    @property
    def step(self) -> int:
        return int(self.find("#step-text").text.split()[0].replace(",", ""))

    def press(self, *keys: str) -> "Reader":
        """Press keys on the slider."""
        self.find("#step").send_keys(*keys)
        return self.settled()

    def choose(self, letter: str, control: str, text: str) -> "Reader":
        Select(self.find(f"#panel-{letter} .{control}")).select_by_visible_text(text)
        return self.settled()

    def chosen(self, letter: str) -> list[str]:
        controls = ("protocol", "activation", "seed")
        return [Select(self.find(f"#panel-{letter} .{name}")).first_selected_option.text for name in controls]

    def value(self, letter: str, name: str) -> str:
        return self.find(f"#panel-{letter} [data-value={name}] b").text

    def go(self, state: str) -> "Reader":
        """Follow a link to a state within the page."""
        script = "document.body.setAttribute('aria-busy', 'true'); location.hash = arguments[0]"
        self.driver.execute_script(script, state)
        return self.settled()

    def marks(self, letter: str) -> list[list[float]]:
        """Return step and value at the cursor of each curve, nothing where it shows none."""
        found = self.all(f"#panel-{letter} .curves .mark")
        return [[float(part) for part in mark.get_attribute("data-value").split()] for mark in found]

    def ends(self, selector: str) -> np.ndarray:
        """Return the ends of the directions that a drawing shows, shape (2, feature), in half sides of its square."""
        dots = self.all(f"{selector} .dot")
        found = [re.findall(r"-?[\d.]+(?:e-?\d+)?", dot.get_attribute("d"))[:2] for dot in dots]
        return np.array(found, dtype=float).T * [[1], [-1]]

    def title(self) -> str:
        """Return the title of the part that is shown."""
        return next(title.text for title in self.all("main > section > h2") if title.is_displayed())

    def back(self) -> "Reader":
        self.driver.back()
        return self.settled()

    def click(self, selector: str) -> "Reader":
        self.find(selector).click()
        return self.settled()
