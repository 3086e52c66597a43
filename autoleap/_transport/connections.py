"""Choose the transport that opens the sockets: certificates, and a proxy."""

from __future__ import annotations

import ssl
from contextlib import suppress

import httpx

from .._config import Secret, is_loopback
from ..errors import ConfigurationError

LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20)


def choose_transport(
    base_url: str,
    proxy: Secret | None,
    verify: ssl.SSLContext | None,
    given: httpx.AsyncBaseTransport | None,
) -> httpx.AsyncBaseTransport:
    """Return the transport for all requests of a client; opens no connection.

    Args:
        base_url: URL of the API. A server on this machine is never reached through a proxy,
            because the requests would leave the machine.
        proxy: URL of the proxy; None for the one of the environment.
        verify: The certificates to trust; None for those of the environment, then certifi's.
        given: The caller's own transport; None for httpx's.

    Raises:
        ConfigurationError: when an argument or a variable cannot be used.
    """
    if given is not None:
        if proxy is not None or verify is not None:
            raise ConfigurationError("http_transport replaces proxy and verify: give one of them")
        return given
    context = _load_certificates(verify)
    if is_loopback(base_url):
        return httpx.AsyncHTTPTransport(verify=context, limits=LIMITS)
    return _make_routes(proxy, context).choose(base_url)


class _Routes(httpx.AsyncClient):
    """Chooses a proxy for a URL as httpx does; it sends nothing itself."""

    def choose(self, url: str) -> httpx.AsyncBaseTransport:
        """Return the transport for a URL."""
        return self._transport_for_url(httpx.URL(url))


def _load_certificates(verify: object) -> ssl.SSLContext:
    if verify is not None:
        if not isinstance(verify, ssl.SSLContext):
            kind = type(verify).__name__
            raise ConfigurationError(f"verify must be an ssl.SSLContext, not {kind}")
        return verify
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        raise ConfigurationError(
            f"the certificates cannot be read ({error}): check SSL_CERT_FILE and SSL_CERT_DIR"
        ) from None


def _make_routes(proxy: Secret | None, context: ssl.SSLContext) -> _Routes:
    name = "the proxy of the environment" if proxy is None else "proxy"
    reason = "it must be an http://, https:// or socks5:// URL"
    # The frames of these errors hold the URL with its password, so they end here.
    with suppress(ValueError, httpx.InvalidURL):
        try:
            url = httpx.Proxy(proxy.reveal()) if proxy is not None else None
            return _Routes(proxy=url, verify=context, limits=LIMITS)
        except ImportError:
            reason = "a SOCKS proxy needs a package: pip install 'httpx[socks]'"
    raise ConfigurationError(f"{name} cannot be used: {reason}")
