"""A FastAPI app: `uvicorn examples.fastapi_app:app`, then http://127.0.0.1:8000/docs."""

from typing import Annotated

from fastapi import Depends, FastAPI, Security

from cogauth import AsyncAuthorizer, AsyncVerifier, Group, Policy, Principal, Route, UserPool
from cogauth_asgi import CogAuthMiddleware
from cogauth_asgi.fastapi import REFUSALS, CogAuth, docs_routes

CLIENT, DOMAIN = "1h57kf5cpq17m0eml12EXAMPLE", "https://example.auth.eu-west-1.amazoncognito.com"
SIGN_IN = {"clientId": CLIENT, "usePkceWithAuthorizationCodeGrant": True, "scopes": "orders/write"}

app = FastAPI(title="Orders", responses=REFUSALS, swagger_ui_init_oauth=SIGN_IN)
routes = [*docs_routes(app), Route("GET /prices", "public"), Route("ANY /orders/{number}", "authenticated")]
pool = UserPool("eu-west-1_AbCdEf123", clients={CLIENT})
authorizer = AsyncAuthorizer(AsyncVerifier(pool), Policy(routes=routes))
app.add_middleware(CogAuthMiddleware, authorizer=authorizer)
auth = CogAuth(authorizer, domain=DOMAIN, scopes={"orders/write": "Change orders"})


@app.get("/prices")
async def prices(who: Annotated[Principal | None, Depends(auth.optional)]) -> str:
    """Whoever comes may ask."""
    return "list prices" if who is None else "your prices"


@app.put("/orders/{number}")
async def change(number: int, who: Annotated[Principal, Depends(auth.requires(Group("editors")))]) -> str:
    """For editors."""
    return f"order {number} was changed by {who.username}"


@app.delete("/orders/{number}")
async def remove(number: int, who: Annotated[Principal, Security(auth.principal, scopes=["orders/write"])]) -> str:
    """For whoever was granted this scope."""
    return f"order {number} was removed by {who.client_id}"
