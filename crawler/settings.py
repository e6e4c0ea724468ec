"""Scrapy's settings: only where we differ from its defaults, each with its reason. A test holds
every name.
"""

BOT_NAME = "khabar"
SPIDER_LOADER_CLASS = "spiders.loader.SourceLoader"  # a spider per source file
# contact, archive, newsroom: known only at run time
ADDONS = {"crawler.addon.OperatorSettings": 100}
EXTENSIONS = {
    "crawler.session.CrawlSession": 0,  # the run's hold on the archive
    "scrapy.extensions.telnet.TelnetConsole": None,
}
ITEM_PIPELINES = {
    "pipelines.snapshot.Snapshot": 100,
    "pipelines.extract.Extract": 200,
    "pipelines.judge.Judge": 300,
    "pipelines.dedupe.Dedupe": 400,
    "pipelines.store.Store": 500,
}

# The guards, nearest the spider first. Scrapy's own robots middleware fails open.
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
} | dict.fromkeys(("file", "data", "ftp", "s3"))  # a page must not name our own files
HTTPPROXY_ENABLED = False  # behind a proxy the resolver guard would see the proxy, not the target
REMOTE_CONTROL_ENABLED = False  # a door that runs code
TELNETCONSOLE_ENABLED = False
COOKIES_ENABLED = False
REFERER_ENABLED = False  # we come from the ledger, not from a page
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_MAXSIZE = 8 << 20  # bytes, decompressed: a bomb ends here
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_TIMEOUT = 30  # seconds, for the whole answer

# Politeness: per host one request at a time, 1.5 s apart with a third of jitter, so every gap is a
# second or more.
CONCURRENT_REQUESTS = 32
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 1.5
DOWNLOAD_DELAY_JITTER = 0.33

# The ledger is the frontier: it retries, follows redirects and knows what was seen; Scrapy need
# not.
RETRY_ENABLED = False
REDIRECT_ENABLED = False
METAREFRESH_ENABLED = False
HTTPERROR_ALLOW_ALL = True  # every status has its outcome
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
URLLENGTH_LIMIT = 0  # judged in khabar.model.urls, before a URL becomes a request
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "hi,en;q=0.5",
}

MEMUSAGE_LIMIT_MB = 1500
LOG_LEVEL = "INFO"
STATS_DUMP = False  # runs and their counts are kept in the archive
LOGSTATS_INTERVAL = 0
