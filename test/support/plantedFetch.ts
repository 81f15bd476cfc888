/** Loaded after `watchNetwork.ts`: what a package that phones home would do. The watch lets none of it out. */
fetch('http://kenro.invalid/phone-home').catch(() => undefined);
