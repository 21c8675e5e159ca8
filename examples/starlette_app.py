"""A Starlette app: `uvicorn examples.starlette_app:app`, then curl http://127.0.0.1:8000/prices."""

from starlette.applications import Starlette
from starlette.authentication import requires
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route as Path

from cogauth import AUTHENTICATED, PUBLIC, AsyncAuthorizer, AsyncVerifier, Group, Policy, Route, UserPool
from cogauth_asgi import CogAuthMiddleware

pool = UserPool("eu-west-1_AbCdEf123", clients={"web"})
routes = [Route("GET /prices", PUBLIC), Route("GET /orders/{id}", AUTHENTICATED)]
routes += [Route("DELETE /orders/{id}", Group("editors"))]
authorizer = AsyncAuthorizer(AsyncVerifier(pool), Policy(routes=routes))


async def prices(request: Request) -> JSONResponse:
    """Whoever comes may ask."""
    return JSONResponse({"for": request.user.username if request.user else "anybody"})


@requires("orders/read")  # a scope of the token, beside what the policy asks for
async def order(request: Request) -> JSONResponse:
    """Read, for whoever was granted the scope; delete, for editors among them."""
    return JSONResponse({"order": request.path_params["id"], "for": request.user.username})


app = Starlette(
    routes=[Path("/prices", prices), Path("/orders/{id:int}", order, methods=["GET", "DELETE"])],
    middleware=[  # the first is the outermost: pages of the shop may read refusals, too
        Middleware(CORSMiddleware, allow_origins=["https://shop.example"], allow_headers=["authorization"]),
        Middleware(CogAuthMiddleware, authorizer=authorizer),
    ],
)
