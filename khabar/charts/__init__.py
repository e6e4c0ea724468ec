"""Charts over days as SVG and PNG, and the days the crawl missed. No SQL, no network."""
