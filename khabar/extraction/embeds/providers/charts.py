"""Rows of the table of embed providers: maps, charts, documents, forms, code."""

from __future__ import annotations

import re

from khabar.extraction.embeds.providers.row import (
    OPTIONAL_PARAMS,
    UUID,
    Provider,
    id_attributes,
    url_pattern,
)

CHART_PROVIDERS: tuple[Provider, ...] = (
    Provider("googlemaps", ("maps.app.goo.gl", "goo.gl"), (
        url_pattern("map", r"^/(?P<id>\w{10,})", id_template="", hosts=("maps.app.goo.gl",), examples={"https://maps.app.goo.gl/nAharPani12": None}),
        url_pattern("map", r"^/maps/(?P<id>\w{6,})", id_template="", hosts=("goo.gl",), examples={"https://goo.gl/maps/nAharPani12": None}),
        url_pattern("map", rf"^/maps/d/(?:u/\d+/)?(?:embed|viewer)\?{OPTIONAL_PARAMS}mid=(?P<id>[\w.-]+)", "https://www.google.com/maps/d/viewer?mid={id}", examples={
            "https://www.google.com/maps/d/u/0/embed?hl=hi&mid=1naharPani.x": "1naharPani.x"}),
        url_pattern("map", rf"^/maps/embed(?:/v1/\w+)?\?{OPTIONAL_PARAMS}(?:pb|q|place_id|center)=(?P<id>[^&#]+)", hash_id=True, examples={
            "https://www.google.com/maps/embed?pb=!1m18!1m12": "58c63cbb63774dcd", "https://www.google.com/maps/embed/v1/place?key=k&q=nahar": "50a9967c5b8eb6c4"}),
        url_pattern("map", rf"^/(?:maps/?)?\?(?=.*output=embed){OPTIONAL_PARAMS}(?:q|ll|cid|msid)=(?P<id>[^&#]+)", hash_id=True, examples={
            "https://maps.google.com/maps?q=28.6,77.2&output=embed": "2af33b50d6ff0dab", "https://maps.google.co.in/?q=nahar&output=embed": "50a9967c5b8eb6c4"}),
        url_pattern("map", r"^/maps/embed/v1/streetview\?.*\b(?:location|pano)=(?P<id>[^&#]+)", hash_id=True, examples={
            "https://www.google.com/maps/embed/v1/streetview?key=k&location=28.6,77.2": "2af33b50d6ff0dab"}),
    ), page_patterns=(
        url_pattern("map", r"^/maps(?P<id>[/?][^#]+)", hash_id=True, examples={
            "https://www.google.com/maps/embed/v2?x=1": "cd926b1a6c8a523d", "https://www.google.co.in/maps/place/Nahar/": "a0f189c2c673627c"}),
    ),
    host_pattern=re.compile(r"(?:^|\.)google\.(?:com?\.)?\w{2,3}$"), has_other_services=True, allows_bare_url=False),
    Provider("googletrends", ("trends.google.com", "trends.google.co.in"), (
        url_pattern("chart", r"^/trends/embed/(?P<id>[^#]{3,})", hash_id=True, examples={
            "https://trends.google.com/trends/embed/explore/TIMESERIES?req=%7B%22time%22%3A1%7D": "d2d8e052e77aeacf"}),
    ), allows_bare_url=False),
    Provider("googlecalendar", ("calendar.google.com",), (
        url_pattern("calendar", rf"^/calendar/(?:[ub]/\d+/)?embed\?{OPTIONAL_PARAMS}src=(?P<id>[^&#]+)", examples={
            "https://calendar.google.com/calendar/embed?ctz=Asia%2FKolkata&src=nahar%40group.calendar.google.com": "nahar%40group.calendar.google.com"}),
    ), allows_bare_url=False),
    Provider("looker", ("lookerstudio.google.com", "datastudio.google.com"), (
        url_pattern("chart", r"^/(?:embed/)?(?:u/\d+/)?(?:reporting|s)/(?P<id>[\w-]{6,})", "https://lookerstudio.google.com/reporting/{id}", examples={
            "https://lookerstudio.google.com/embed/reporting/0b1c2d3e-aaaa-4bbb-8ccc-0123456789ab/page/p_x": "0b1c2d3e-aaaa-4bbb-8ccc-0123456789ab",
            "https://datastudio.google.com/embed/u/0/reporting/0b1c2d3e-aaaa-4bbb-8ccc-0123456789ab": "0b1c2d3e-aaaa-4bbb-8ccc-0123456789ab"}),
    ), allows_bare_url=False),
    Provider("openstreetmap", ("openstreetmap.org",), (
        url_pattern("map", rf"^/export/embed\.html\?{OPTIONAL_PARAMS}bbox=(?P<id>[^&#]+)", hash_id=True, examples={
            "https://www.openstreetmap.org/export/embed.html?bbox=77.1,28.5,77.3,28.7&layer=mapnik": "71ff3674828bea65"}),
    ), allows_bare_url=False),
    Provider("umap", ("umap.openstreetmap.fr", "umap-project.org"), (
        url_pattern("map", r"^/(?:\w\w/)?map/(?:[^/?#]*_)?(?P<id>\d+)", "https://umap.openstreetmap.fr/map/{id}", examples={
            "https://umap.openstreetmap.fr/en/map/nahar_100200?scaleControl=false": "100200"}),
    )),
    Provider("mapbox", ("api.mapbox.com",), (
        url_pattern("map", r"^/styles/v1/(?P<handle>[\w-]+)/(?P<id>\w+)\.html", "https://api.mapbox.com/styles/v1/{handle}/{id}.html", "{handle}/{id}", examples={
            "https://api.mapbox.com/styles/v1/nahar/ck1pani.html?title=false": "nahar/ck1pani"}),
    ), allows_bare_url=False),
    Provider("arcgis", ("arcgis.com",), (
        url_pattern("map", r"^/(?:.*[?&](?:webmap|appid|id|webscene)=|(?:.*/)?(?:experience|dashboards|stories|instant/\w+)/)(?P<id>[0-9a-f]{32})", examples={
            "https://www.arcgis.com/apps/Embed/index.html?webmap=0123456789abcdef0123456789abcdef": "0123456789abcdef0123456789abcdef",
            "https://storymaps.arcgis.com/stories/0123456789abcdef0123456789abcdef": "0123456789abcdef0123456789abcdef"}),
    ), allows_bare_url=False),
    Provider("windy", ("windy.com",), (
        url_pattern("map", r"^/embed2?(?:\.html)?/?\?(?P<id>[^#]+)", hash_id=True, examples={
            "https://embed.windy.com/embed2.html?lat=28.6&lon=77.2&zoom=5&overlay=rain": "48eb751b50f1e17e",
            "https://embed.windy.com/embed.html?type=map&location=coordinates": "24a64b9671006c94"}),
    ), allows_bare_url=False),
    Provider("knightlab", ("knightlab.com", "knightlab.northwestern.edu"), (
        url_pattern("chart", rf"^/libs/timeline3?/[^?#]*\?{OPTIONAL_PARAMS}source=(?P<id>[^&#]+)", examples={
            "https://cdn.knightlab.com/libs/timeline3/latest/embed/index.html?source=1nahar-Pani&font=Default": "1nahar-Pani"}),
        url_pattern("map", rf"^/libs/storymapjs/[^?#]*\?{OPTIONAL_PARAMS}url=(?P<id>[^&#]+)", hash_id=True, examples={
            "https://cdn.knightlab.com/libs/storymapjs/latest/embed/?url=https%3A%2F%2Fnahar.example%2Fpublished.json": "0bd550eacdfe2ca0"}),
        url_pattern("map", r"^/storymapjs/(?P<id>[^?#]{6,})", examples={
            "https://uploads.knightlab.com/storymapjs/0123456789abcdef/nahar/index.html": "0123456789abcdef/nahar/index.html"}),
        url_pattern("photo", rf"^/libs/juxtapose/[^?#]*\?{OPTIONAL_PARAMS}uid=(?P<id>[0-9a-f-]{{36}})", examples={
            "https://cdn.knightlab.com/libs/juxtapose/latest/embed/index.html?uid=0f0a1b2c-aaaa-11ee-8ccc-0123456789ab": "0f0a1b2c-aaaa-11ee-8ccc-0123456789ab"}),
        url_pattern("audio", r"^/libs/soundcite/[^?#]*\?(?P<id>[^#]+)", hash_id=True, examples={"https://cdn.knightlab.com/libs/soundcite/latest/embed/index.html?url=x": "7875ff4f606fadcc"}),
    ), allows_bare_url=False),
    Provider("flourish", ("flo.uri.sh", "flourish.studio"), (
        url_pattern("chart", r"^/(?P<type>visualisation|story)/(?P<id>\d+)", "https://public.flourish.studio/{type}/{id}/", "{type}/{id}", examples={
            "https://flo.uri.sh/visualisation/100200/embed?auto=1": "visualisation/100200", "https://public.flourish.studio/story/100200/": "story/100200"}),
    ), page_patterns=(
        url_pattern("chart", r"^/uploads/(?P<id>[^?#]+)", examples={"https://public.flourish.studio/uploads/nahar.html": "nahar.html"}),
    ),
    id_attributes=id_attributes("https://public.flourish.studio/{}/", ".flourish-embed[data-src]", ".flourish-embed-iframe[data-src]")),
    Provider("datawrapper", ("dwcdn.net", "datawrapper.de"), (
        url_pattern("chart", r"^/(?:_/|chart/)?(?P<id>[A-Za-z0-9]{5})(?:[/?#]|$)", "https://datawrapper.dwcdn.net/{id}/", examples={
            "https://datawrapper.dwcdn.net/nAh12/3/": "nAh12", "https://www.datawrapper.de/_/nAh12/": "nAh12"}),
    ), has_credit_line=True, has_script_player=True,
    element_id_patterns=((re.compile(r"^datawrapper-(?:vis|chart)-([A-Za-z0-9]{5})$"), "https://datawrapper.dwcdn.net/{}/"),)),
    Provider("infogram", ("infogram.com", "infogr.am"), (
        url_pattern("chart", r"^/(?!js/|login|app/|about|embed/)(?P<id>[\w-]{6,})", "https://infogram.com/{id}", examples={
            "https://e.infogram.com/0f0a1b2c-aaaa-4bbb-8ccc-0123456789ab?src=embed": "0f0a1b2c-aaaa-4bbb-8ccc-0123456789ab",
            "https://infogram.com/nahar-ka-pani-1h0n25": "nahar-ka-pani-1h0n25"}),
    ), page_patterns=(
        url_pattern("chart", r"^/embed/(?P<id>[\w-]+)", "https://infogram.com/{id}", examples={"https://infogram.com/embed/x": "x"}),
    ), has_credit_line=True, widget_pattern=re.compile(r"^/(?:login|js/)"),
    id_attributes=id_attributes("https://infogram.com/{}", ".infogram-embed[data-id]"),
    element_id_patterns=((re.compile(r"^infogram_\d+_([\w-]{6,})$"), "https://infogram.com/{}"),)),
    Provider("everviz", ("everviz.com",), (
        url_pattern("chart", r"^/(?:embed|inject|show)/(?P<id>[\w-]{5,})", "https://app.everviz.com/embed/{id}", examples={
            "https://app.everviz.com/embed/nAhar12-p/": "nAhar12-p", "https://app.everviz.com/inject/nAhar12-p/": "nAhar12-p"}),
    ), has_script_player=True),
    Provider("tableau", ("public.tableau.com",), (
        url_pattern("chart", r"^/(?:shared/|views/|app/profile/[^/]+/viz/)(?P<id>[^/?#]+(?:/[^/?#]+)?)", "https://public.tableau.com/views/{id}", examples={
            "https://public.tableau.com/views/Nahar/Pani?:embed=y": "Nahar/Pani"}),
    ), allows_bare_url=False),
    Provider("powerbi", ("app.powerbi.com",), (
        url_pattern("chart", rf"^/(?:view|reportEmbed)\?{OPTIONAL_PARAMS}(?:r|reportId)=(?P<id>[\w-]+)", examples={"https://app.powerbi.com/view?r=eyJnaharcGFuaQ": "eyJnaharcGFuaQ"}),
    ), allows_bare_url=False),
    Provider("plotly", ("plotly.com", "plot.ly"), (
        url_pattern("chart", r"^/~(?P<handle>[\w.-]+)/(?P<id>\d+)(?:\.embed|/)", "https://chart-studio.plotly.com/~{handle}/{id}/", "{handle}/{id}", examples={
            "https://plotly.com/~nahar/12.embed": "nahar/12"}),
    )),
    Provider("ourworldindata", ("ourworldindata.org",), (
        url_pattern("chart", r"^/(?:grapher|explorers)/(?P<id>[\w-]+)", "https://ourworldindata.org/grapher/{id}", examples={
            "https://ourworldindata.org/grapher/nahar-pani?tab=chart": "nahar-pani"}),
    ), has_other_services=True, allows_bare_url=False),
    Provider("canva", ("canva.com",), (
        url_pattern("document", r"^/design/(?P<id>[\w-]{6,})/(?:[\w-]+/)?(?:view|watch)", "https://www.canva.com/design/{id}/view", examples={
            "https://www.canva.com/design/DAFnaharPani/view?embed": "DAFnaharPani",
            "https://www.canva.com/design/DAFnaharPani/nAb12-x/watch?embed": "DAFnaharPani"}),
    )),
    Provider("genially", ("view.genial.ly", "view.genially.com"), (
        url_pattern("document", r"^/(?P<id>[0-9a-f]{24})", "https://view.genially.com/{id}", examples={"https://view.genial.ly/0123456789abcdef01234567": "0123456789abcdef01234567"}),
    )),
    Provider("prezi", ("prezi.com",), (
        url_pattern("document", r"^/(?:p/|v/|i/)?(?:embed/|view/)?(?P<id>\w{10,})(?:/embed)?", "https://prezi.com/p/{id}/", examples={"https://prezi.com/p/embed/nAharPani12xy/": "nAharPani12xy"}),
    ), allows_bare_url=False),
    Provider("googledocs", ("docs.google.com", "drive.google.com", "forms.gle"), (
        url_pattern("form", r"^/forms/(?:u/\d+/)?d/(?:e/)?(?P<id>[\w-]{20,})", "https://docs.google.com/forms/d/{id}", examples={
            "https://docs.google.com/forms/d/e/1FAIpQNaharPani00Samachar/viewform?embedded=true": "1FAIpQNaharPani00Samachar"}),
        url_pattern("form", r"^/(?P<id>\w{8,})", id_template="", hosts=("forms.gle",), examples={"https://forms.gle/nAharPani123": None}),
        url_pattern("document", r"^/(?P<type>document|spreadsheets|presentation|file)/(?:u/\d+/)?d/(?:e/)?(?P<id>[\w-]{20,})",
            "https://docs.google.com/{type}/d/{id}", "{id}", examples={
                "https://docs.google.com/document/d/e/2PACX-1vNaharPani00Samachar/pub?embedded=true": "2PACX-1vNaharPani00Samachar",
                "https://drive.google.com/file/d/1NaharPani00Samachar12/preview": "1NaharPani00Samachar12"}),
        url_pattern("document", rf"^/embeddedfolderview\?{OPTIONAL_PARAMS}id=(?P<id>[\w-]{{20,}})", "https://drive.google.com/drive/folders/{id}", examples={
            "https://drive.google.com/embeddedfolderview?id=1NaharPani00Samachar12#list": "1NaharPani00Samachar12"}),
        url_pattern("document", r"^/drive/(?:u/\d+/)?folders/(?P<id>[\w-]{20,})", "https://drive.google.com/drive/folders/{id}", examples={
            "https://drive.google.com/drive/folders/1NaharPani00Samachar12": "1NaharPani00Samachar12"}),
    ), allows_bare_url=False, wrapper_pattern=re.compile(r"^/(?:viewer|gview|viewerng/viewer|a/[^/]+/viewer)\b")),
    Provider("officeviewer", ("view.officeapps.live.com",), allows_bare_url=False, wrapper_pattern=re.compile(r"^/op/")),
    Provider("scribd", ("scribd.com",), (
        url_pattern("document", r"^/(?:embeds|document|doc|presentation)/(?P<id>\d+)", "https://www.scribd.com/document/{id}", examples={
            "https://www.scribd.com/embeds/100200300/content?start_page=1": "100200300"}),
    ), has_credit_line=True),
    Provider("documentcloud", ("documentcloud.org",), (
        url_pattern("document", r"^/documents/(?P<id>\d+)", "https://www.documentcloud.org/documents/{id}/", examples={
            "https://embed.documentcloud.org/documents/100200300-nahar/?embed=1": "100200300"}),
    ), has_credit_line=True),
    Provider("issuu", ("issuu.com",), (
        url_pattern("document", r"^/embed\.html\?(?=.*\bd=(?P<id>[\w.-]+))(?=.*\bu=(?P<handle>[\w.-]+))", "https://issuu.com/{handle}/docs/{id}", "{handle}/{id}", examples={
            "https://e.issuu.com/embed.html?d=pani&u=nahar": "nahar/pani"}),
        url_pattern("document", r"^/embed\.html#/?(?P<id>\d+/\d+)", examples={"https://e.issuu.com/embed.html#1002/300400": "1002/300400"}),
        url_pattern("document", r"^/(?P<handle>[\w.-]+)/docs/(?P<id>[\w.-]+)", "https://issuu.com/{handle}/docs/{id}", "{handle}/{id}", examples={
            "https://issuu.com/nahar/docs/pani": "nahar/pani"}),
    ), has_credit_line=True, id_attributes=id_attributes("{}", ".issuuembed[data-url]")),
    Provider("calameo", ("calameo.com",), (
        url_pattern("document", rf"^/(?:read/|books/|\?{OPTIONAL_PARAMS}bkcode=)(?P<id>[0-9a-f]{{15,25}})", "https://www.calameo.com/read/{id}", examples={
            "https://v.calameo.com/?bkcode=0012345678abcdef01234&mode=mini": "0012345678abcdef01234", "https://www.calameo.com/read/0012345678abcdef01234": "0012345678abcdef01234"}),
    )),
    Provider("yumpu", ("yumpu.com",), (
        url_pattern("document", r"^/(?:\w\w/)?(?:embed/view|document/(?:view|read))/(?P<id>\w{6,})", "https://www.yumpu.com/en/document/view/{id}", examples={
            "https://www.yumpu.com/en/embed/view/nAharPani12": "nAharPani12"}),
    )),
    Provider("fliphtml5", ("fliphtml5.com",), (
        url_pattern("document", r"^/(?P<handle>\w+)/(?P<id>\w+)(?:/|$)", "https://online.fliphtml5.com/{handle}/{id}/", "{handle}/{id}", examples={"https://online.fliphtml5.com/nahar/pani/": "nahar/pani"}),
    ), allows_bare_url=False),
    Provider("slideshare", ("slideshare.net",), (
        url_pattern("document", r"^/slideshow/embed_code/(?:key/)?(?P<id>\w+)", "https://www.slideshare.net/slideshow/embed_code/key/{id}", examples={
            "https://www.slideshare.net/slideshow/embed_code/key/nAharPani12": "nAharPani12"}),
    ), has_credit_line=True),
    Provider("typeform", ("typeform.com",), (
        url_pattern("form", r"^/to/(?P<id>\w{5,})", "https://form.typeform.com/to/{id}", examples={"https://nahar.typeform.com/to/nAhar1?typeform-embed=x": "nAhar1"}),
    ), id_attributes=id_attributes("https://form.typeform.com/to/{}", "[data-tf-widget]", "[data-tf-live]")),
    Provider("jotform", ("jotform.com", "jotform.co"), (
        url_pattern("form", r"^/(?:form/|jsform/)?(?P<id>\d{10,18})", "https://form.jotform.com/{id}", examples={
            "https://form.jotform.com/100200300400500": "100200300400500", "https://form.jotform.com/jsform/100200300400500": "100200300400500"}),
    ), has_script_player=True),
    Provider("surveymonkey", ("surveymonkey.com",), (
        url_pattern("form", r"^/r/(?:embed/)?(?P<id>\w{5,})", "https://www.surveymonkey.com/r/{id}", examples={"https://www.surveymonkey.com/r/NAHAR12?embedded=1": "NAHAR12"}),
    )),
    Provider("airtable", ("airtable.com",), (
        url_pattern("document", r"^/(?:embed/)?(?:app\w+/)?(?P<id>shr\w{8,})", "https://airtable.com/{id}", examples={"https://airtable.com/embed/shrNaharPani12?viewControls=on": "shrNaharPani12"}),
    ), allows_bare_url=False),
    Provider("playbuzz", ("playbuzz.com", "ex.co"), (
        url_pattern("poll", rf"^/(?:item|widget/item)/{UUID}", "https://embed.ex.co/item/{id}", examples={
            "https://embed.ex.co/item/0f0a1b2c-aaaa-4bbb-8ccc-0123456789ab": "0f0a1b2c-aaaa-4bbb-8ccc-0123456789ab"}),
    ), id_attributes=id_attributes("https://embed.ex.co/item/{}", ".playbuzz[data-id]")),
    Provider("gist", ("gist.github.com",), (
        url_pattern("code", r"^/(?:[\w-]+/)?(?P<id>[0-9a-f]{7,})", "https://gist.github.com/{id}", examples={"https://gist.github.com/nahar/0123456789abcdef0123.js": "0123456789abcdef0123"}),
    ), has_script_player=True, id_attributes=id_attributes("https://gist.github.com/{}", "[data-gistid]", "amp-gist[data-gistid]")),
    Provider("codepen", ("codepen.io",), (
        url_pattern("code", r"^/(?P<handle>[\w-]+)/(?:embed|pen|full)/(?:preview/)?(?P<id>\w+)", "https://codepen.io/{handle}/pen/{id}", examples={
            "https://codepen.io/nahar/embed/preview/nAhAr?height=300": "nAhAr"}),
    )),
    Provider("iframely", ("iframe.ly",), allows_bare_url=False, wrapper_pattern=re.compile(r"^/")),
    Provider("embedly", ("embedly.com", "embed.ly"), allows_bare_url=False, wrapper_pattern=re.compile(r"^/")),
)  # fmt: skip
