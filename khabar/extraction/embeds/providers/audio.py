"""Rows of the table of embed providers: recordings, music, pictures."""

from __future__ import annotations

import re

from khabar.extraction.embeds.providers.row import (
    OPTIONAL_PARAMS,
    Provider,
    id_attributes,
    split_names,
    url_pattern,
)

AUDIO_PROVIDERS: tuple[Provider, ...] = (
    Provider("spotify", ("open.spotify.com", "podcasters.spotify.com", "creators.spotify.com", "anchor.fm"), (
        url_pattern("audio", r"^/(?:embed(?:-podcast)?/)?(?:intl-\w+/)?(?:user/[^/?#]+/)?(?P<type>episode|show|track|album|playlist|artist)/(?P<id>\w+)",
            "https://open.spotify.com/{type}/{id}", "{type}/{id}", hosts=("open.spotify.com",), examples={
                "https://open.spotify.com/embed/episode/4naharPani00Samachar12?utm_source=generator": "episode/4naharPani00Samachar12",
                "https://open.spotify.com/intl-hi/track/4naharPani00Samachar12": "track/4naharPani00Samachar12"}),
        url_pattern("audio", r"^/(?:pod/(?:show|profile)/)?(?P<show>[\w.-]+)/(?:embed/)?episodes/(?P<id>[\w%.-]+)",
            "https://creators.spotify.com/pod/show/{show}/episodes/{id}", "{show}/{id}",
            hosts=("podcasters.spotify.com", "creators.spotify.com", "anchor.fm"), examples={
                "https://creators.spotify.com/pod/show/nahar/embed/episodes/Pani-e2nahar": "nahar/Pani-e2nahar",
                "https://podcasters.spotify.com/pod/show/nahar/episodes/Pani-e2nahar/a-a9x": "nahar/Pani-e2nahar",
                "https://anchor.fm/nahar/embed/episodes/Pani-e2nahar": "nahar/Pani-e2nahar"}),
        url_pattern("audio", r"^/(?:pod/(?:show|profile)/)?(?P<id>[\w.-]+)/embed/?(?:[?#]|$)", "https://creators.spotify.com/pod/show/{id}",
            hosts=("podcasters.spotify.com", "creators.spotify.com", "anchor.fm"), examples={
                "https://anchor.fm/nahar/embed": "nahar", "https://podcasters.spotify.com/pod/show/nahar/embed": "nahar"}),
    ), page_patterns=(
        url_pattern("audio", r"^/pod/(?:show|profile)/(?P<id>[\w.-]+)/?(?:[?#]|$)", "https://creators.spotify.com/pod/show/{id}",
            hosts=("podcasters.spotify.com", "creators.spotify.com"), examples={"https://creators.spotify.com/pod/show/nahar": "nahar"}),
    )),
    Provider("soundcloud", ("soundcloud.com",), (
        url_pattern("audio", r"^/(?P<type>tracks|playlists|users)/(?:soundcloud(?::|%3A)\w+(?::|%3A))?(?P<id>\d+)",
            "https://api.soundcloud.com/{type}/{id}", "{type}/{id}", examples={
                "https://w.soundcloud.com/player/?url=https%3A//api.soundcloud.com/tracks/100200300&color=x": "tracks/100200300"}),
        url_pattern("audio", r"^/(?!player|pages|search|discover|you/)(?P<handle>[\w-]+)/(?P<id>(?:sets/)?[\w-]+)",
            "https://soundcloud.com/{handle}/{id}", "{handle}/{id}", examples={"https://soundcloud.com/nahar/sets/pani": "nahar/sets/pani"}),
    ), has_credit_line=True, wrapper_pattern=re.compile(r"^/player"),
    id_attributes=id_attributes("https://api.soundcloud.com/tracks/{}", "amp-soundcloud[data-trackid]")
        + id_attributes("https://api.soundcloud.com/playlists/{}", "amp-soundcloud[data-playlistid]")),
    Provider("applepodcasts", ("podcasts.apple.com",), (
        url_pattern("audio", rf"^/(?:\w\w/)?podcast/(?:[^/?#]+/)?id(?P<show>\d+)\?{OPTIONAL_PARAMS}i=(?P<id>\d+)",
            "https://podcasts.apple.com/podcast/id{show}?i={id}", "{show}/{id}", examples={
                "https://embed.podcasts.apple.com/in/podcast/pani/id1002003?i=1000600700800": "1002003/1000600700800"}),
        url_pattern("audio", r"^/(?:\w\w/)?podcast/(?:[^/?#]+/)?id(?P<id>\d+)", "https://podcasts.apple.com/podcast/id{id}", examples={
            "https://podcasts.apple.com/in/podcast/nahar/id1002003": "1002003"}),
    )),
    Provider("applemusic", ("music.apple.com",), (
        url_pattern("audio", r"^/(?:\w\w/)?(?P<type>album|playlist|song)/(?:[^/?#]+/)?(?P<id>[\w.-]+)",
            "https://music.apple.com/{type}/{id}", "{type}/{id}", examples={"https://embed.music.apple.com/in/album/pani/1002003?i=5": "album/1002003"}),
    )),
    Provider("googlepodcasts", ("podcasts.google.com",), (
        url_pattern("audio", r"^/(?:embed/)?feed/(?P<id>[\w=-]+(?:/episode/[\w=-]+)?)", "https://podcasts.google.com/feed/{id}", examples={
            "https://podcasts.google.com/feed/aHR0cHM6Ly9uYWhhcg/episode/cGFuaQ": "aHR0cHM6Ly9uYWhhcg/episode/cGFuaQ"}),
    )),
    Provider("jiosaavn", ("jiosaavn.com", "saavn.com"), (
        url_pattern("audio", r"^/(?:embed/)?(?P<type>song|album|playlist|featured|show|artist|shows)/(?P<id>[^?#]+?)/?(?:[?#]|$)",
            "https://www.jiosaavn.com/{type}/{id}", "{type}/{id}", examples={
                "https://www.jiosaavn.com/embed/show/nahar/1/naharab_": "show/nahar/1/naharab_",
                "https://www.jiosaavn.com/song/pani/Nahar12_": "song/pani/Nahar12_"}),
    )),
    Provider("gaana", ("gaana.com",), (
        url_pattern("audio", r"^/(?:embed|song|album|playlist|podcast|season)/(?P<id>[\w-]+)", examples={"https://gaana.com/song/nahar-ka-pani": "nahar-ka-pani"}),
    ), allows_bare_url=False),
    Provider("amazonmusic", ("music.amazon.com", "music.amazon.in"), (
        url_pattern("audio", r"^/(?:embed|albums|tracks|playlists|podcasts)/(?P<id>[\w-]+(?:/episodes/[\w-]+)?)", examples={
            "https://music.amazon.in/embed/B0NAHARPANI/?id=x": "B0NAHARPANI",
            "https://music.amazon.in/podcasts/nahar-12/episodes/pani-34": "nahar-12/episodes/pani-34"}),
    ), allows_bare_url=False),
    Provider("acast", ("acast.com",), (
        url_pattern("audio", r"^/(?:s/)?(?P<show>[\w-]+)/(?:episodes/)?(?P<id>[\w-]+)", id_template="{show}/{id}", examples={
            "https://embed.acast.com/nahar/pani": "nahar/pani"}),
        url_pattern("audio", r"^/(?P<id>[\w-]+)/?(?:[?#]|$)", "https://embed.acast.com/{id}", hosts=("embed.acast.com", "play.acast.com"), examples={
            "https://embed.acast.com/nahar": "nahar"}),
    )),
    Provider("megaphone", ("megaphone.fm",), (
        url_pattern("audio", rf"^/?\?{OPTIONAL_PARAMS}[ep]=(?P<id>[A-Z]+\d+)", "https://playlist.megaphone.fm/?e={id}", examples={
            "https://playlist.megaphone.fm/?e=NAH1002003": "NAH1002003"}),
        url_pattern("audio", r"^/(?:e/)?(?P<id>[A-Z]{2,}\d+)", "https://playlist.megaphone.fm/?e={id}", examples={
            "https://player.megaphone.fm/NAH1002003": "NAH1002003"}),
    )),
    Provider("omny", ("omny.fm",), (
        url_pattern("audio", r"^/shows/(?P<show>[\w-]+)/(?P<id>(?:playlists/)?[\w-]+)", "https://omny.fm/shows/{show}/{id}", "{show}/{id}", examples={
            "https://omny.fm/shows/nahar/pani/embed": "nahar/pani"}),
    )),
    Provider("audioboom", ("audioboom.com",), (
        url_pattern("audio", r"^/(?:posts|boos)/(?P<id>\d+)", "https://audioboom.com/posts/{id}", examples={
            "https://embeds.audioboom.com/posts/1002003-pani/embed/v4": "1002003"}),
    )),
    Provider("buzzsprout", ("buzzsprout.com",), (
        url_pattern("audio", r"^/(?P<show>\d+)/(?:episodes/)?(?P<id>\d+)", "https://www.buzzsprout.com/{show}/{id}", "{show}/{id}", examples={
            "https://www.buzzsprout.com/1002/600700-pani.js?player=small": "1002/600700"}),
    ), has_script_player=True),
    Provider("libsyn", ("play.libsyn.com", "html5-player.libsyn.com"), (
        url_pattern("audio", r"^/embed/episode/(?:.*/)?id/(?P<id>\d+)", "https://play.libsyn.com/embed/episode/id/{id}", examples={
            "https://html5-player.libsyn.com/embed/episode/id/1002003/height/90/": "1002003"}),
    ), allows_bare_url=False),
    Provider("podbean", ("podbean.com",), (
        url_pattern("audio", rf"^/(?:player-v2|media/player[^?]*)/?\?{OPTIONAL_PARAMS}i=(?P<id>[\w-]+)", "https://www.podbean.com/player-v2/?i={id}", examples={
            "https://www.podbean.com/player-v2/?from=embed&i=nahar-12ab-pb": "nahar-12ab-pb"}),
    ), allows_bare_url=False),
    Provider("deezer", ("deezer.com",), (
        url_pattern("audio", r"^/(?:widget/\w+/|\w\w/)?(?P<type>track|album|playlist|episode|show)/(?P<id>\d+)", "https://www.deezer.com/{type}/{id}", "{type}/{id}", examples={
            "https://widget.deezer.com/widget/dark/track/1002003": "track/1002003"}),
    )),
    Provider("mixcloud", ("mixcloud.com",), (
        url_pattern("audio", rf"^/widget/iframe/?\?{OPTIONAL_PARAMS}feed=(?:%2F|/)(?P<id>[\w.-]+(?:%2F|/)[\w.-]+)", hash_id=True, examples={
            "https://www.mixcloud.com/widget/iframe/?hide_cover=1&feed=%2Fnahar%2Fpani%2F": "91045b30788bc604"}),
    ), allows_bare_url=False),

    Provider("imgur", ("imgur.com",), (
        url_pattern("photo", r"^/(?P<id>(?:a/|gallery/)?\w{5,})(?:/embed|[?#]|$)", "https://imgur.com/{id}", examples={"https://imgur.com/a/nAhar12/embed": "a/nAhar12"}),
    ),
    id_attributes=id_attributes("https://imgur.com/{}", "amp-imgur[data-imgur-id]", ".imgur-embed-pub[data-id]"),
    quote_classes=split_names("imgur-embed-pub")),
    Provider("giphy", ("giphy.com",), (
        url_pattern("photo", r"^/(?:embed|gifs)/(?:[\w-]*-)?(?P<id>\w{8,})", "https://giphy.com/gifs/{id}", examples={
            "https://giphy.com/embed/nAharPani123": "nAharPani123", "https://giphy.com/gifs/nahar-nAharPani123": "nAharPani123"}),
    )),
    Provider("tenor", ("tenor.com",), (
        url_pattern("photo", r"^/embed/(?P<id>\d{4,})", "https://tenor.com/embed/{id}", examples={"https://tenor.com/embed/100200300": "100200300"}),
        url_pattern("photo", r"^/view/(?:[\w%-]*-)?(?P<id>\d{4,})", "https://tenor.com/embed/{id}", examples={"https://tenor.com/view/nahar-pani-gif-100200300": "100200300"}),
    ), id_attributes=id_attributes("https://tenor.com/embed/{}", ".tenor-gif-embed[data-postid]")),
    Provider("flickr", ("flickr.com",), (
        url_pattern("photo", r"^/photos/(?P<handle>[^/?#]+)/(?P<id>\d{5,})", "https://www.flickr.com/photos/{handle}/{id}/", examples={
            "https://www.flickr.com/photos/nahar/100200300/player/": "100200300"}),
        url_pattern("photo", r"^/photos/(?P<handle>[^/?#]+)/(?:albums|sets)/(?P<id>\d{5,})", "https://www.flickr.com/photos/{handle}/albums/{id}", "albums/{id}", examples={
            "https://www.flickr.com/photos/nahar/albums/100200300/player": "albums/100200300"}),
    )),
    Provider("getty", ("embed.gettyimages.com",), (
        url_pattern("photo", r"^/embed/(?P<id>\d+)", "https://www.gettyimages.com/detail/{id}", examples={"https://embed.gettyimages.com/embed/100200300?et=x": "100200300"}),
    )),
    Provider("googlephotos", ("photos.google.com",), (
        url_pattern("photo", r"^/(?:u/\d+/)?share/(?P<id>[\w-]{6,})", "https://photos.google.com/share/{id}", examples={
            "https://photos.google.com/share/AF1QipNahar?key=x": "AF1QipNahar"}),
    ), allows_bare_url=False),
)  # fmt: skip
