// Audits pages as a phone sees them: node audit.js CHROMIUM FLAGS SKIPPED URL…
// SKIPPED names audits that don't count, with commas between them.
// Prints one line of JSON for each page: the categories' scores from 0 to 100, and a few times.

import lighthouse from "lighthouse";
import { launch } from "chrome-launcher";

const [chromePath, flags, skipped, ...urls] = process.argv.slice(2);
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];

for (const url of urls) {
  const chrome = await launch({ chromePath, chromeFlags: ["--headless=new", ...flags.split(" ")] });
  try {
    const options = { port: chrome.port, onlyCategories: CATEGORIES, skipAudits: skipped.split(",") };
    const { lhr } = await lighthouse(url, options);
    if (lhr.runtimeError) throw new Error(`${url}: ${lhr.runtimeError.message}`);
    const scores = CATEGORIES.map((name) => Math.round(100 * lhr.categories[name].score));
    const failed = Object.values(lhr.audits)
      .filter(({ id, score }) => score === 0 && lhr.categories.performance.auditRefs.every((ref) => ref.id !== id))
      .map(({ id }) => id);
    const paint = lhr.audits["largest-contentful-paint"].numericValue;
    const blocked = lhr.audits["total-blocking-time"].numericValue;
    console.log(JSON.stringify({ url, scores, paint, blocked, failed }));
  } finally {
    await chrome.kill();
  }
}
