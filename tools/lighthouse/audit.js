// Audits pages as a phone sees them: node audit.js CHROMIUM FLAGS URL…
// Prints one line of JSON for each page: the categories' scores from 0 to 100, and a few times.

import lighthouse from "lighthouse";
import { launch } from "chrome-launcher";

const [chromePath, flags, ...urls] = process.argv.slice(2);
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];

for (const url of urls) {
  const chrome = await launch({ chromePath, chromeFlags: ["--headless=new", ...flags.split(" ")] });
  try {
    const { lhr } = await lighthouse(url, { port: chrome.port, onlyCategories: CATEGORIES });
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
