-- Asks cogauth about a request. A yes sets txn.cogauth; a no is answered here, as cogauth has put it.

local COGAUTH = "http://127.0.0.1:9180/verify"
local TIMEOUT = 5000 -- milliseconds; cogauth may have to fetch keys

-- What belongs to the connection or the body, of which cogauth gets none (RFC 9110 section 7.6.1).
local NOT_PASSED = {
    ["connection"] = true, ["content-length"] = true, ["expect"] = true, ["host"] = true, ["keep-alive"] = true,
    ["proxy-connection"] = true, ["te"] = true, ["trailer"] = true, ["transfer-encoding"] = true, ["upgrade"] = true,
    ["x-forwarded-method"] = true, ["x-forwarded-uri"] = true, ["x-forwarded-host"] = true,
}

local function question(txn)
    local headers = {}
    for name, values in pairs(txn.http:req_get_headers()) do
        if not NOT_PASSED[name] then
            headers[name] = {}
            for index = 0, #values do
                table.insert(headers[name], values[index])
            end
        end
    end
    headers["x-forwarded-method"] = {txn.sf:method()}
    headers["x-forwarded-uri"] = {txn.sf:pathq()}
    headers["x-forwarded-host"] = {txn.sf:req_fhdr("host")}
    return headers
end

local function refuse(txn, answer)
    local reply = txn:reply{status = answer.status}
    for name, values in pairs(answer.headers or {}) do
        if not NOT_PASSED[name] then
            for index = 0, #values do
                reply:add_header(name, values[index])
            end
        end
    end
    reply:set_body(answer.body or "")
    txn:done(reply)
end

core.register_action("cogauth", {"http-req"}, function(txn)
    local client = core.httpclient()
    local answer = client:get{url = COGAUTH, headers = question(txn), timeout = TIMEOUT}
    if not answer or answer.status == 0 then
        return -- nobody has answered, and haproxy.cfg refuses
    end
    if answer.status ~= 200 then
        refuse(txn, answer)
        return
    end
    for name, values in pairs(answer.headers) do
        if name:find("^x%-auth%-") then
            txn.http:req_set_header(name, values[0])
        end
    end
    txn:set_var("txn.cogauth", "allowed")
end, 0)
