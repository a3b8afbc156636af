// Calls a candidate inside the box: reads the arguments as JSON into the types of its parameters, writes the result as JSON.
//
// Put behind a candidate's program (call_forms.py). The types are those that the candidate declares: numbers, bool, char, string,
// vectors and pairs of them, ListNode* and TreeNode*. A value that does not fit ends the program with a message.

namespace sstar_call {

[[noreturn]] void fail(const std::string& message) {
  std::fprintf(stderr, "TypeError: %s\n", message.c_str());
  std::_Exit(1);
}

struct Value {
  char kind = 'n';  // null, bool, int, double, string, array, object
  std::string text;
  std::vector<Value> items;
};

struct Reader {
  const std::string& source;
  std::size_t at = 0;

  char peek() {
    while (at < source.size() && std::isspace((unsigned char)source[at])) at++;
    return at < source.size() ? source[at] : '\0';
  }
  void take(char wanted) {
    if (peek() != wanted) fail("the arguments are no JSON");
    at++;
  }
  void add(std::string& text, unsigned code) {
    if (code < 0x80) text += (char)code;
    else if (code < 0x800) text += {(char)(0xc0 | code >> 6), (char)(0x80 | (code & 63))};
    else if (code < 0x10000) text += {(char)(0xe0 | code >> 12), (char)(0x80 | (code >> 6 & 63)), (char)(0x80 | (code & 63))};
    else text += {(char)(0xf0 | code >> 18), (char)(0x80 | (code >> 12 & 63)), (char)(0x80 | (code >> 6 & 63)), (char)(0x80 | (code & 63))};
  }
  unsigned hex() {
    unsigned code = std::stoul(source.substr(at, 4), nullptr, 16);
    return at += 4, code;
  }
  std::string string() {
    std::string text;
    for (take('"'); at < source.size() && source[at] != '"'; at++) {
      if (source[at] != '\\') { text += source[at]; continue; }
      char mark = source[++at];
      if (mark == 'u') {
        at++;
        unsigned code = hex();
        if (code >= 0xd800 && code < 0xdc00 && source.compare(at, 2, "\\u") == 0)
          at += 2, code = 0x10000 + ((code - 0xd800) << 10) + (hex() - 0xdc00);
        add(text, code), at--;
      } else {
        const std::string marks = "nrtbf", means = "\n\r\t\b\f";
        auto place = marks.find(mark);
        text += place == std::string::npos ? mark : means[place];
      }
    }
    take('"');
    return text;
  }
  Value value() {
    char next = peek();
    if (next == '"') return {'s', string(), {}};
    if (next == '[') {
      Value list{'a', "", {}};
      for (at++; peek() != ']';) {
        list.items.push_back(value());
        if (peek() != ']') take(',');
      }
      return at++, list;
    }
    if (next == '{') {
      at++;
      std::string tag = peek() == '}' ? "" : string();
      if (tag != "$tuple" && tag != "$set" && tag != "$float") fail("a dictionary is no value of a C++ function here");
      take(':');
      Value inner = value();
      take('}');
      if (tag == "$float") inner.kind = 'd';
      return inner;
    }
    std::size_t end = source.find_first_of(" \t\r\n,]}", at);
    std::string word = source.substr(at, end == std::string::npos ? end : end - at);
    at += word.size();
    if (word == "null") return {};
    if (word == "true" || word == "false") return {'b', word, {}};
    return {word.find_first_of(".eE") == std::string::npos ? 'i' : 'd', word, {}};
  }
};

[[noreturn]] void mismatch(const Value& value, const std::string& wanted) {
  static const std::map<char, std::string> names = {{'n', "null"}, {'b', "a boolean"}, {'i', "the integer "}, {'d', "the number "}, {'s', "a string"}, {'a', "a list"}};
  std::string number = value.kind == 'i' || value.kind == 'd' ? value.text : "";
  fail(names.at(value.kind) + number + " was given where the program takes " + wanted);
}

template <class T> struct Type { static constexpr bool known = false; };

template <class T> requires std::is_integral_v<T> && (sizeof(T) > 1)
struct Type<T> {
  static constexpr bool known = true;
  static std::string name() { return sizeof(T) == 4 ? "an int" : sizeof(T) == 8 ? "a long long" : "a short"; }
  static T read(const Value& value) {
    T number{};
    const char* end = value.text.data() + value.text.size();
    auto [stop, error] = std::from_chars(value.text.data(), end, number);
    if (value.kind != 'i' || error != std::errc() || stop != end) mismatch(value, name());
    return number;
  }
  static void write(std::string& out, T value) { out += std::to_string(value); }
};

template <> struct Type<bool> {
  static constexpr bool known = true;
  static bool read(const Value& value) { return value.kind == 'b' ? value.text == "true" : (mismatch(value, "a bool"), false); }
  static void write(std::string& out, bool value) { out += value ? "true" : "false"; }
};

template <class T> requires std::is_floating_point_v<T>
struct Type<T> {
  static constexpr bool known = true;
  static T read(const Value& value) {
    if (value.kind != 'i' && value.kind != 'd') mismatch(value, "a double");
    return std::strtold(value.text.c_str(), nullptr);
  }
  static void write(std::string& out, T value) {
    if (std::isnan(value)) out += "{\"$float\": \"nan\"}";
    else if (std::isinf(value)) out += value > 0 ? "{\"$float\": \"inf\"}" : "{\"$float\": \"-inf\"}";
    else {
      char digits[40];
      for (int most = 15; most <= 17; most++) {  // the shortest that is the number
        std::snprintf(digits, sizeof digits, "%.*g", most, (double)value);
        if (std::strtod(digits, nullptr) == (double)value) break;
      }
      out += digits;
    }
  }
};

template <> struct Type<std::string> {
  static constexpr bool known = true;
  static std::string read(const Value& value) { return value.kind == 's' ? value.text : (mismatch(value, "a string"), ""); }
  static void write(std::string& out, const std::string& value) {
    out += '"';
    for (unsigned char c : value) {
      if (c == '"' || c == '\\') out += '\\', out += c;
      else if (c < 0x20) { char code[8]; std::snprintf(code, sizeof code, "\\u%04x", c); out += code; }
      else out += c;
    }
    out += '"';
  }
};

template <> struct Type<char> {
  static constexpr bool known = true;
  static char read(const Value& value) {
    return value.kind == 's' && value.text.size() == 1 ? value.text[0] : (mismatch(value, "a char"), 'x');
  }
  static void write(std::string& out, char value) { Type<std::string>::write(out, std::string(1, value)); }
};

template <class T> struct Type<std::vector<T>> {
  static constexpr bool known = Type<T>::known;
  static std::vector<T> read(const Value& value) {
    if (value.kind != 'a') mismatch(value, "a vector");
    std::vector<T> made;
    for (const Value& item : value.items) made.push_back(Type<T>::read(item));
    return made;
  }
  static void write(std::string& out, const std::vector<T>& value) {
    out += '[';
    for (std::size_t at = 0; at < value.size(); at++) {
      if (at) out += ", ";
      Type<T>::write(out, value[at]);
    }
    out += ']';
  }
};

template <class A, class B> struct Type<std::pair<A, B>> {
  static constexpr bool known = Type<A>::known && Type<B>::known;
  static std::pair<A, B> read(const Value& value) {
    if (value.kind != 'a' || value.items.size() != 2) mismatch(value, "a pair");
    return {Type<A>::read(value.items[0]), Type<B>::read(value.items[1])};
  }
  static void write(std::string& out, const std::pair<A, B>& value) {
    out += '[', Type<A>::write(out, value.first), out += ", ", Type<B>::write(out, value.second), out += ']';
  }
};

template <class T> struct Type<std::optional<T>> {
  static constexpr bool known = Type<T>::known;
  static std::optional<T> read(const Value& value) {
    if (value.kind == 'n') return std::nullopt;
    return Type<T>::read(value);
  }
  static void write(std::string& out, const std::optional<T>& value) {
    if (value) Type<T>::write(out, *value);
    else out += "null";
  }
};

constexpr std::size_t MOST_NODES = 100000;

template <class N> void meet(N* node, std::unordered_set<N*>& seen) {
  if (!seen.insert(node).second) fail("the linked structure has a cycle, or a node in two places");
  if (seen.size() > MOST_NODES) fail("the linked structure has more than 100000 nodes");
}

template <class N> requires requires(N node) { node.val; node.next; }
struct Type<N*> {
  static constexpr bool known = true;
  static N* read(const Value& value) {
    if (value.kind != 'a') mismatch(value, "a linked list, written as a list");
    N* head = nullptr;
    for (auto item = value.items.rbegin(); item != value.items.rend(); ++item) {
      N* node = new N(Type<decltype(N::val)>::read(*item));
      node->next = head, head = node;
    }
    return head;
  }
  static void write(std::string& out, N* head) {
    std::vector<decltype(N::val)> values;
    std::unordered_set<N*> seen;
    for (; head; head = head->next) meet(head, seen), values.push_back(head->val);
    Type<decltype(values)>::write(out, values);
  }
};

template <class N> requires requires(N node) { node.val; node.left; node.right; }
struct Type<N*> {
  static constexpr bool known = true;
  static N* read(const Value& value) {
    if (value.kind != 'a') mismatch(value, "a tree, written as a list of its levels");
    std::vector<N*> nodes;
    for (const Value& item : value.items) nodes.push_back(item.kind == 'n' ? nullptr : new N(Type<decltype(N::val)>::read(item)));
    std::size_t place = 1;
    for (N* node : nodes)
      if (node)
        for (N** side : {&node->left, &node->right})
          if (place < nodes.size()) *side = nodes[place++];
    return nodes.empty() ? nullptr : nodes[0];
  }
  static void write(std::string& out, N* root) {
    std::vector<std::string> values;
    std::unordered_set<N*> seen;
    std::deque<N*> queue{root};
    for (; !queue.empty(); queue.pop_front()) {
      N* node = queue.front();
      values.emplace_back(node ? "" : "null");
      if (!node) continue;
      meet(node, seen), Type<decltype(N::val)>::write(values.back(), node->val);
      queue.push_back(node->left), queue.push_back(node->right);
    }
    while (!values.empty() && values.back() == "null") values.pop_back();
    out += '[';
    for (std::size_t at = 0; at < values.size(); at++) out += (at ? ", " : "") + values[at];
    out += ']';
  }
};

[[noreturn]] void finish(std::string text, int out) {
  text += '\n';
  std::fflush(nullptr);
  for (std::size_t done = 0; done < text.size();) {
    ssize_t more = write(out, text.data() + done, text.size() - done);
    if (more <= 0) break;
    done += more;
  }
  std::_Exit(0);
}

template <class R, class... A, class Call, std::size_t... at>
void called(Call call, const std::vector<Value>& given, int judged, int out, std::index_sequence<at...>) {
  static_assert((Type<std::decay_t<A>>::known && ...), "a parameter has a type that no test can give: use numbers, bool, char, string, vector, pair, optional");
  if (given.size() != sizeof...(A))
    fail(std::to_string(given.size()) + " arguments were given, and the program takes " + std::to_string(sizeof...(A)));
  std::tuple<std::decay_t<A>...> arguments{Type<std::decay_t<A>>::read(given[at])...};
  std::string text;
  if constexpr (std::is_void_v<R>) {
    call(static_cast<A&&>(std::get<at>(arguments))...);
    if (judged < 0) text = "null";
  } else {
    static_assert(Type<std::decay_t<R>>::known, "the result has a type that no test can compare: use numbers, bool, char, string, vector, pair, optional");
    std::decay_t<R> result = call(static_cast<A&&>(std::get<at>(arguments))...);
    if (judged < 0) Type<std::decay_t<R>>::write(text, result);
  }
  ((judged == (int)at ? Type<std::decay_t<A>>::write(text, std::get<at>(arguments)) : void()), ...);
  finish(text, out);
}

template <class R, class... A> void run(R (*function)(A...), const std::vector<Value>& given, int judged, int out) {
  called<R, A...>(function, given, judged, out, std::index_sequence_for<A...>());
}
template <class R, class O, class... A> void run(R (O::*method)(A...), const std::vector<Value>& given, int judged, int out) {
  static O object{};
  called<R, A...>([&](A... a) -> R { return (object.*method)(static_cast<A&&>(a)...); }, given, judged, out, std::index_sequence_for<A...>());
}
template <class R, class O, class... A> void run(R (O::*method)(A...) const, const std::vector<Value>& given, int judged, int out) {
  static O object{};
  called<R, A...>([&](A... a) -> R { return (object.*method)(static_cast<A&&>(a)...); }, given, judged, out, std::index_sequence_for<A...>());
}

// An argument of a method or constructor, which becomes what its parameter is. It lives as long as the program: an object may keep it.
struct Given {
  const Value& value;
  template <class T> requires (Type<std::remove_cv_t<T>>::known)
  operator T&() const { return *new std::remove_cv_t<T>(Type<std::remove_cv_t<T>>::read(value)); }
};

constexpr std::size_t MOST_ARGUMENTS = 8;

// Calls with so many arguments as are given; a name that takes no such number of them ends the program with a message.
template <std::size_t count = 0, class Call>
void spread(const Call& call, const std::string& name, const Value& given) {
  if (count != given.items.size()) {
    if constexpr (count < MOST_ARGUMENTS) return spread<count + 1>(call, name, given);
  } else {
    bool is_called = [&]<std::size_t... at>(std::index_sequence<at...>) {
      constexpr bool fits = std::is_invocable_v<const Call&, decltype((void)at, std::declval<Given>())...>;
      if constexpr (fits) call(Given{given.items[at]}...);
      return fits;
    }(std::make_index_sequence<count>{});
    if (is_called) return;
  }
  fail("the program has no public " + name + " that takes " + std::to_string(given.items.size()) + " such arguments");
}

template <class Call> void write_result(std::string& text, const Call& call) {
  using R = std::decay_t<decltype(call())>;
  if constexpr (std::is_void_v<R>) call(), text += "null";
  else {
    static_assert(Type<R>::known, "a method's result has a type that no test can compare: use numbers, bool, char, string, vector, pair, optional");
    Type<R>::write(text, call());
  }
}

// Makes an object and calls its methods in turn; `call` finds a method by its name.
template <class O, class Call> void run_object(const Call& call, const std::vector<Value>& given, int out) {
  if (given.size() != 2 || given[0].items.empty() || given[0].items.size() != given[1].items.size())
    fail("an object is called by a list of names and a list of as many lists of arguments");
  O* object = nullptr;
  spread([&]<class... G>(const G&... g) requires std::is_constructible_v<O, const G&...> { object = new O(g...); },
         "constructor", given[1].items[0]);
  std::string text = "[null";
  for (std::size_t at = 1; at < given[0].items.size(); at++) text += ", ", call(*object, given[0].items[at].text, given[1].items[at], text);
  finish(text + "]", out);
}

#define SSTAR_METHOD(method)                                                             \
  if (name == #method)                                                                   \
    return sstar_call::spread([&]<class... G>(const G&... g) requires requires { object.method(g...); } { \
      sstar_call::write_result(text, [&]() -> decltype(auto) { return object.method(g...); });            \
    }, name, given);

std::vector<Value> arguments() {
  std::string source{std::istreambuf_iterator<char>(std::cin), {}};
  return Reader{source}.value().items;
}

}  // namespace sstar_call
