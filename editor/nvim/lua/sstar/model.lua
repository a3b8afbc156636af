-- :SstarModel: which model writes the programs, for this session.
local M = {}

local function say(text)
  vim.notify('S*: ' .. text, vim.log.levels.INFO)
end

--- What `sstar/foundServers` tells, as a person chooses from it; an empty address is the embedded model.
---@return { label: string, base_url: string?, model: string? }[]
local function items_of(found)
  local items = {}
  for _, one in ipairs(found.embedded) do
    local where = one.here and 'is here' or ('%.1f GB, fetched once'):format(one.bytes / 1e9)
    items[#items + 1] = { label = ('embedded %s (on this CPU, %s)'):format(one.name, where), base_url = '', model = one.name }
  end
  for _, server in ipairs(found.servers) do
    for _, model in ipairs(server.models) do
      items[#items + 1] =
        { label = ('%s (%s, %s)'):format(model, server.title, server.baseUrl), base_url = server.baseUrl, model = model }
    end
  end
  for _, key in ipairs(found.keys) do
    for _, model in ipairs(key.models) do
      items[#items + 1] = {
        label = ('%s (%s, key in %s: %s)'):format(model.name, key.title, key.variable, model.price),
        base_url = key.baseUrl,
        model = model.name,
      }
    end
  end
  items[#items + 1] = { label = 'an address of your own' }
  return items
end

--- The settings that the server has now: those of this session, else those that it began with.
local function settings_of(client)
  local own = (client.settings or {}).sstar
  if own then
    return vim.deepcopy(own)
  end
  local began = client.config.init_options or {}
  return vim.deepcopy(began.sstar or began)
end

--- Use it in this session, and tell the line that keeps it.
---@param client vim.lsp.Client
local function use(client, base_url, model)
  local settings = settings_of(client)
  settings.model = vim.tbl_extend('force', settings.model or {}, { base_url = base_url, model = model })
  client.settings = vim.tbl_extend('force', client.settings or {}, { sstar = settings })
  client:notify('workspace/didChangeConfiguration', { settings = client.settings })
  local line = ("vim.lsp.config('sstar', { settings = { sstar = { model = { base_url = %q, model = %q } } } })"):format(base_url, model)
  say(('%s writes the programs in this session. To keep it, in your init.lua:\n%s'):format(model == '' and base_url or model, line))
end

local function ask_address(client)
  vim.ui.input({ prompt = 'Address of the model server: ', default = 'http://127.0.0.1:8000/v1' }, function(url)
    if not url or url == '' then
      return
    end
    vim.ui.input({ prompt = 'Model there (empty: its only one): ' }, function(model)
      if model then
        use(client, url, model)
      end
    end)
  end)
end

function M.choose()
  local sstar = require('sstar')
  local client = sstar.client(0)
  if not client then
    return vim.notify('S*: the language server is not running. See :checkhealth sstar', vim.log.levels.ERROR)
  end
  sstar.request(client, 'sstar/foundServers', vim.empty_dict(), function(found)
    vim.ui.select(items_of(found), {
      prompt = 'Which model writes the programs?',
      format_item = function(item)
        return item.label
      end,
    }, function(item)
      if not item then
        return
      end
      if item.base_url then
        use(client, item.base_url, item.model)
      else
        ask_address(client)
      end
    end)
  end)
end

return M
