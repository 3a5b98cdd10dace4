// A window of VS Code in a Chromium without a screen: opens it, and does with it what a person does.
// It knows VS Code's own page and nothing of the extension.

import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const SECONDS = 1000;
// A wait ends as soon as it may: so long it lasts only where something is broken.
const PATIENCE = 180 * SECONDS;
// What was not seen for so long is tried again.
const HALF_LOST = 20 * SECONDS;

const BROWSER_ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-sync",
  "--disable-component-update",
  "--disable-background-networking",
  "--no-first-run",
  "--hide-scrollbars",
  // Whoever runs it: a moving clock of the system must not show in a picture.
  "--force-color-profile=srgb",
];

/**
 * Opens a window and returns it.
 *
 * @param {{modules: string, browser: string, address: string, folder?: string, workspace?: string,
 *   size?: [number, number], scale?: number, style?: string, payload?: [string, string][]}} options `modules` is
 *   the folder whose node_modules hold playwright-core; `address` is VS Code's, with its port.
 */
export async function open(options) {
  const { chromium } = createRequire(path.join(options.modules, "package.json"))("playwright-core");
  const browser = await chromium.launch({
    executablePath: options.browser,
    headless: true,
    args: BROWSER_ARGUMENTS,
  });
  const [width, height] = options.size ?? [1280, 800];
  const page = await browser.newPage({
    viewport: { width, height },
    deviceScaleFactor: options.scale ?? 1,
  });
  page.setDefaultTimeout(PATIENCE);
  const window = new Window(browser, page, options);
  await stayAtHome(window, new URL(options.address).host);
  return window;
}

// The tests use no network: what is asked of another machine is refused, and noted.
async function stayAtHome(window, host) {
  await window.page.route("**/*", (route) => {
    const url = new URL(route.request().url());
    if (!/^(https?|wss?):$/.test(url.protocol) || url.host === host) {
      return route.continue();
    }
    window.refused.push(url.host);
    return route.abort();
  });
}

class Window {
  constructor(browser, page, options) {
    this.browser = browser;
    this.page = page;
    this.options = options;
    /** The other machines that something in the window asked for. */
    this.refused = [];
  }

  /** Goes to the folder or workspace and waits until the workbench is drawn. */
  async start() {
    const { address, folder, workspace, payload = [] } = this.options;
    const query = new URLSearchParams(workspace ? { workspace } : { folder });
    query.set("payload", JSON.stringify([["skipWelcome", "true"], ...payload]));
    await this.page.goto(`${address}/?${query}`);
    await this.page.locator(".monaco-workbench").waitFor();
    if (this.options.style) {
      await this.page.addStyleTag({ content: this.options.style });
    }
  }

  async close() {
    await this.browser.close();
  }

  editor(file) {
    return this.page.locator(`.monaco-editor[data-uri$="/${file}"]`).first();
  }

  /** Opens a file as one does with the keyboard, by its name. */
  async openFile(file) {
    await this.choose("Control+KeyP", file);
    await this.editor(file).waitFor();
    await this.page.locator(".quick-input-widget").waitFor({ state: "hidden" });
  }

  /** Runs a command by its title. */
  async runCommand(title) {
    await this.choose("F1", title);
  }

  /** Picks the first that says `text` from a list that is asked. */
  async pick(text) {
    const rows = this.page.locator(".quick-input-widget .monaco-list-row");
    await rows.filter({ hasText: text }).first().waitFor();
    await this.page.keyboard.type(text);
    await this.until("only those", async () => {
      const shown = await rows.allInnerTexts();
      return shown.length > 0 && shown.every((each) => each.includes(text));
    });
    await this.page.keyboard.press("Enter");
  }

  /** Chooses from a list that keys bring up, once the row that Enter would take says `text`. */
  async choose(keys, text) {
    const input = this.page.locator(".quick-input-widget input").first();
    await this.doUntil(input, () => this.page.keyboard.press(keys));
    await input.pressSequentially(text);
    const row = this.page.locator(".quick-input-widget .monaco-list-row.focused", { hasText: text });
    await row.first().waitFor();
    await this.page.keyboard.press("Enter");
  }

  /**
   * Does something until something is seen, again where VS Code lost it: keys that come before a
   * window listens, and questions that it cancels by itself.
   */
  async doUntil(seen, act) {
    await this.until("what was done to be seen", async () => {
      await act();
      return seen.waitFor({ timeout: HALF_LOST }).then(() => true, () => false);
    });
  }

  /** Puts the cursor at a line and a column, both counted from one. */
  async goTo(line, column) {
    const input = this.page.locator(".quick-input-widget input").first();
    await this.doUntil(input, () => this.page.keyboard.press("Control+KeyG"));
    await this.page.keyboard.type(`${line}:${column}`);
    await this.page.keyboard.press("Enter");
    await this.page.locator(".quick-input-widget").waitFor({ state: "hidden" });
  }

  /** Shows the hover at the cursor, once it says `text`. */
  async hover(text) {
    const shown = this.page.locator(".monaco-hover:visible", { hasText: text });
    await this.doUntil(shown.first(), async () => {
      await this.page.keyboard.press("Escape");
      await this.page.keyboard.press("Control+KeyK");
      await this.page.keyboard.press("Control+KeyI");
    });
    return shown.first();
  }

  /** Opens the menu of quick fixes at the cursor and returns what it offers. */
  async quickFixes() {
    const rows = this.page.locator(".action-widget .monaco-list-row.action");
    await this.doUntil(rows.first(), async () => {
      await this.page.keyboard.press("Escape");
      await this.page.keyboard.press("Control+Period");
    });
    return (await rows.allInnerTexts()).map((text) => text.trim());
  }

  /** Chooses in the open menu, by keyboard: older workbenches shield the menu from clicks. */
  async chooseFix(title) {
    const focused = this.page.locator(".action-widget .monaco-list-row.focused");
    for (let presses = 0; presses < 20; presses += 1) {
      if ((await focused.innerText()).trim().startsWith(title)) {
        await this.page.keyboard.press("Enter");
        return;
      }
      await this.page.keyboard.press("ArrowDown");
    }
    throw new Error(`the menu does not offer ${title}`);
  }

  /** Pictures the window, once it stands still: until then, something moves to its place. */
  async picture(file) {
    const look = () => this.page.screenshot({ animations: "disabled" });
    let before = await look();
    const still = await this.until("the window to stand still", async () => {
      const now = await look();
      const isStill = now.equals(before);
      before = now;
      return isStill && now;
    });
    fs.writeFileSync(file, still);
  }

  /** Waits until `look` gives something true, and returns that. */
  async until(what, look) {
    const end = Date.now() + PATIENCE;
    for (;;) {
      const found = await look();
      if (found) {
        return found;
      }
      if (Date.now() > end) {
        throw new Error(`waited in vain for ${what}`);
      }
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
    }
  }

  /** What an extension shows in the status bar, once it shows something. */
  async statusOf(extension) {
    const item = this.page.locator(`.statusbar-item[id^="${extension}"]`).first();
    await item.waitFor();
    return { text: await item.innerText(), label: await item.getAttribute("aria-label") };
  }

  /** Waits until something is seen. */
  async sees(selector, text) {
    await this.page.locator(selector, { hasText: text }).first().waitFor();
    return true;
  }

  /** The texts of all notifications that there are, without what a slow VS Code says of itself. */
  async notifications() {
    const bell = this.page.locator('.statusbar-item[id="status.notifications"]');
    if ((await this.page.locator(".notifications-center.visible").count()) === 0) {
      await bell.click();
    }
    const texts = await this.page.locator(".notification-list-item-message").allInnerTexts();
    await bell.click();
    return texts.filter((text) => !text.startsWith("Activating Extensions"));
  }

  /** Waits for a notification that says `text`, and presses one of its buttons if one is named. */
  async answerNotification(text, button) {
    const item = this.page.locator(".notification-list-item", { hasText: text }).first();
    // Newer windows without the focus of a screen keep what is new behind the bell.
    const bell = this.page.locator('.statusbar-item[id="status.notifications"] .codicon-bell-dot');
    await item.or(bell).first().waitFor();
    if (!(await item.isVisible())) {
      await bell.click();
    }
    await item.waitFor();
    const said = await item.locator(".notification-list-item-message").innerText();
    const buttons = await item.locator(".monaco-button").allInnerTexts();
    if (button) {
      await item.hover();
      await item.locator(".monaco-button", { hasText: button }).first().click();
    }
    return { said, buttons };
  }
}
