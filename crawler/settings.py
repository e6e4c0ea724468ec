"""Scrapy settings that differ from the defaults, with reasons. A test checks all names."""

from scrapy.settings import default_settings

BOT_NAME = "khabar"
SPIDER_LOADER_CLASS = "spiders.loader.SourceLoader"  # one spider per source file
# contact, archive, newsroom: known at run time only
ADDONS = {"crawler.addon.OperatorSettings": 100}
EXTENSIONS = {
    "crawler.session.CrawlSession": 0,  # the state of a run, with its archive
}
# Both let others run code in the process. What is switched off is imported nevertheless, this one
# with aiohttp: 0.1 CPU seconds at the start of each run.
EXTENSIONS_BASE = {
    name: order
    for name, order in default_settings.EXTENSIONS_BASE.items()
    if not name.startswith(("scrapy.extensions.telnet.", "scrapy.extensions.remote_control."))
}
ITEM_PIPELINES = {
    "pipelines.snapshot.Snapshot": 100,
    "pipelines.extract.Extract": 200,
    "pipelines.judge.Judge": 300,
    "pipelines.dedupe.Dedupe": 400,
    "pipelines.store.Store": 500,
}

# Guards block requests that must not be made; those nearest to the spider come first. Scrapy's
# robots.txt middleware is off: it allows everything when robots.txt cannot be fetched.
ROBOTSTXT_OBEY = False
DOWNLOADER_MIDDLEWARES = {
    "crawler.middlewares.contact.ContactGuard": 10,
    "crawler.resolver.AddressGuard": 20,
    "crawler.middlewares.retry_after.PauseGuard": 30,
    "crawler.middlewares.robots.RobotsGuard": 100,
    "crawler.middlewares.tdmrep.TdmrepGuard": 110,
}
TWISTED_DNS_RESOLVER = "crawler.resolver.PublicOnlyResolver"
DOWNLOAD_HANDLERS = {
    "http": "crawler.middlewares.retry_after.RetryAfterDownloadHandler",
    "https": "crawler.middlewares.retry_after.RetryAfterDownloadHandler",
} | dict.fromkeys(
    ("file", "data", "ftp", "s3")
)  # other schemes off: a page must not make us read local files
HTTPPROXY_ENABLED = False  # the resolver guard would check the proxy, not the target
REMOTE_CONTROL_ENABLED = False  # it can execute code
TELNETCONSOLE_ENABLED = False
COOKIES_ENABLED = False
REFERER_ENABLED = False  # requests come from the frontier, not from a page
DOWNLOAD_VERIFY_CERTIFICATES = True
# Bytes after decompression, against compression bombs; chosen by hand. Of a sitemap: the limit of
# its protocol (spiders/news.py).
DOWNLOAD_MAXSIZE = 8 << 20
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_TIMEOUT = 30  # seconds for the whole response; chosen by hand, not measured

# Request limits: one request per host at a time, 1.5 s apart ± 33 %, so at least one second. The
# session sets the delay of each source's hosts (crawler/throttle.py).
CONCURRENT_REQUESTS = 32  # over all hosts; chosen by hand, not measured
CONCURRENT_REQUESTS_PER_DOMAIN = 1
# Scrapy starts so many tasks for the items of each response, of which there is one. Measured with
# `make soak N=800`: 20.4 CPU seconds in place of 21.1 with the default of 100.
CONCURRENT_ITEMS = 1
# Scrapy would parse the source of the spider's callback for each response, to warn of a `return` in
# it: 2 % of the main process's time in `make bench-crawl`.
WARN_ON_GENERATOR_RETURN_VALUE = False
DOWNLOAD_DELAY = 1.5
DOWNLOAD_DELAY_JITTER = 0.33

# The frontier retries, follows redirects and knows seen URLs, so Scrapy does not.
RETRY_ENABLED = False
REDIRECT_ENABLED = False
METAREFRESH_ENABLED = False
HTTPERROR_ALLOW_ALL = True  # every status has its outcome
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
URLLENGTH_LIMIT = 0  # checked in khabar.model.urls before a URL becomes a request
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "hi,en;q=0.5",
}

MEMUSAGE_LIMIT_MB = 1500  # chosen by hand, not measured
LOG_LEVEL = "INFO"
STATS_DUMP = False  # the archive stores the counts of each run
LOGSTATS_INTERVAL = 0
