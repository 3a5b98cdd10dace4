// A real browser that is told what to do in lines of JSON on standard input, and answers each
// with a line. It notes what a page must not do: errors, requests, refusals of its policy.

import { createInterface } from "node:readline";

import { chromium } from "playwright-core";

// A wait ends as soon as it may: so long it lasts only where something is broken.
const PATIENCE = 180_000;

const browser = await chromium.launch({
    timeout: PATIENCE,
    executablePath: process.argv[2],
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
let page = null;
let noted = [];

const commands = {
    /** Opens an address in a fresh page; `before` runs in it before its own scripts. */
    async open({ address, before, scheme, width, height }) {
        await page?.context().close();
        noted = [];
        const context = await browser.newContext({
            acceptDownloads: true,
            colorScheme: scheme,
            viewport: { width, height },
        });
        page = await context.newPage();
        page.setDefaultTimeout(PATIENCE);
        page.on("console", (message) => {
            if (["error", "warning"].includes(message.type())) {
                noted.push(`${message.type()}: ${message.text()}`);
            }
        });
        page.on("pageerror", (error) => noted.push(`failure: ${error.stack}`));
        page.on("request", (request) => {
            if (request.url() !== address && !request.url().startsWith("data:")) {
                noted.push(`request: ${request.url()}`);
            }
        });
        await page.addInitScript(() => {
            globalThis.refusals = [];
            addEventListener("securitypolicyviolation", (event) => {
                globalThis.refusals.push(
                    `${event.violatedDirective}: ${event.blockedURI} ${event.sample}`,
                );
            });
        });
        if (before !== null) {
            await page.addInitScript(before);
        }
        await page.goto(address);
    },
    async noted() {
        const refusals = await page.evaluate(() => globalThis.refusals);
        return [...noted, ...refusals.map((each) => `refused: ${each}`)];
    },
    async evaluate({ script, argument }) {
        // The protocol of the browser may evaluate whatever the policy of the page forbids it.
        return (await page.evaluate(`(${script})(${JSON.stringify(argument)})`)) ?? null;
    },
    async until({ script, argument }) {
        // The waiting of playwright evaluates strings in the page, which the page's policy refuses.
        await page.evaluate(`(async () => {
      const end = performance.now() + ${PATIENCE};
      while (!(${script})(${JSON.stringify(argument)})) {
        if (performance.now() > end) {
          throw new Error("It did not come true: " + ${JSON.stringify(script)});
        }
        await new Promise(requestAnimationFrame);
      }
    })()`);
    },
    async press({ keys }) {
        for (const key of keys) {
            await page.keyboard.press(key);
        }
    },
    async type({ text }) {
        await page.keyboard.type(text);
    },
    async click({ selector }) {
        await page.click(selector);
    },
    async choose({ selector, value }) {
        await page.selectOption(selector, value);
    },
    async scheme({ scheme }) {
        await page.emulateMedia({ colorScheme: scheme });
    },
    async download({ selector }) {
        const [download] = await Promise.all([page.waitForEvent("download"), page.click(selector)]);
        const parts = [];
        for await (const part of await download.createReadStream()) {
            parts.push(part);
        }
        return [download.suggestedFilename(), Buffer.concat(parts).toString()];
    },
    async picture({ path }) {
        await page.screenshot({ path });
    },
};

for await (const line of createInterface({ input: process.stdin })) {
    const { command, ...words } = JSON.parse(line);
    let answer;
    try {
        answer = { result: (await commands[command](words)) ?? null };
    } catch (error) {
        answer = { failure: String(error.stack ?? error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await browser.close();
