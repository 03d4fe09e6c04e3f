"""Every method of the auth domain on both faces, over a real socket."""

import pytest

from pywats import AuthenticationError, pyWATS


def client_of(wats, token):
    return pyWATS(wats.url, token, rate_limit=None, trust_env=False)


@pytest.mark.parametrize("identifier", [None, "night shift/2"])
async def test_a_token_lets_its_owner_in_until_it_is_replaced(either, wats_sandbox, identifier):
    token = await either("auth.get_token", identifier)
    with client_of(wats_sandbox, token) as api:
        assert api.product.create_product("X")
        assert await either("auth.get_token", identifier) is None
        other = await either("auth.get_token", identifier, reset=True)
        assert other not in {None, token}
        with pytest.raises(AuthenticationError):
            api.product.get_product("X")
    with client_of(wats_sandbox, other) as api:
        assert api.product.get_product("X")


async def test_the_request_is_never_repeated(either, wats_sandbox):
    wats_sandbox.fail("GET /api/Auth/GetToken", status=503, times=1)
    with pytest.raises(Exception, match="503"):
        await either("auth.get_token")
    assert len(wats_sandbox.requests) == 1
