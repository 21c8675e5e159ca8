"""
A websocket: `uvicorn examples.websocket_app:app`. A page sends its token as a subprotocol, beside the one it means:

    const text = btoa(token).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
    const names = ["orders.v1", `base64url.bearer.authorization.${text}`]
    const socket = new WebSocket("wss://api.example.com/orders", names)
    socket.onclose = (event) => { if (event.code === 3000) reconnect() }  // with a new token
"""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from cogauth import AsyncAuthorizer, AsyncVerifier, Policy, Route, Scope, UserPool
from cogauth_asgi import CogAuthMiddleware

POLICY = Policy(routes=[Route("GET /orders", Scope("orders/read"))])  # a websocket begins as a GET
authorizer = AsyncAuthorizer(AsyncVerifier(UserPool("eu-west-1_AbCdEf123", clients={"web"})), POLICY)


async def orders(socket: WebSocket) -> None:
    """Greet, and repeat what is said, until the client leaves or its token ends."""
    await socket.accept(subprotocol="orders.v1" if "orders.v1" in socket.scope["subprotocols"] else None)
    await socket.send_text(f"hello, {socket.user.username or socket.user.client_id}")
    async for text in socket.iter_text():
        await socket.send_text(text)


app = Starlette(
    routes=[WebSocketRoute("/orders", orders)], middleware=[Middleware(CogAuthMiddleware, authorizer=authorizer)]
)
