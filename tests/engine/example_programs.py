"""The ten examples in each language: a right program, and wrong ones that the examples of the statement do not show.

Apart from the tests, as they are data.
"""

from __future__ import annotations

from pathlib import Path

from sstar_sandbox import LANGUAGES

EXAMPLES = Path(__file__).parents[2] / "examples"
PROGRAMS = {
    "opening-hours": {
        "cpp": (
            "#include <iostream>\nint main() {\n  int a, b, t;\n  std::cin >> a >> b >> t;\n"
            "  bool open = a == b || (a < b ? a <= t && t <= b : t >= a || t <= b);\n"
            '  std::cout << (open ? "open" : "closed") << "\\n";\n}\n'
        ),
        "c": (
            "#include <stdio.h>\nint main(void) {\n  int a, b, t;\n"
            '  if (scanf("%d %d %d", &a, &b, &t) != 3) return 1;\n'
            '  puts(a == b || (a < b ? a <= t && t <= b : t >= a || t <= b) ? "open" : "closed");\n  return 0;\n}\n'
        ),
        "java": (
            "import java.util.Scanner;\n\npublic class OpeningHours {\n  public static void main(String[] args) {\n"
            "    Scanner in = new Scanner(System.in);\n    int a = in.nextInt(), b = in.nextInt(), t = in.nextInt();\n"
            "    boolean open = a == b || (a < b ? a <= t && t <= b : t >= a || t <= b);\n"
            '    System.out.println(open ? "open" : "closed");\n  }\n}\n'
        ),
        "rust": (
            "use std::io::*;\n\nfn main() {\n    let mut text = String::new();\n"
            "    stdin().read_to_string(&mut text).unwrap();\n"
            "    let v: Vec<i32> = text.split_whitespace().map(|x| x.parse().unwrap()).collect();\n"
            "    let (a, b, t) = (v[0], v[1], v[2]);\n"
            "    let open = a == b || if a < b { a <= t && t <= b } else { t >= a || t <= b };\n"
            '    println!("{}", if open { "open" } else { "closed" });\n}\n'
        ),
        "go": (
            'package main\n\nimport "fmt"\n\nfunc main() {\n\tvar a, b, t int\n\tfmt.Scan(&a, &b, &t)\n'
            "\topen := t >= a || t <= b\n\tif a < b {\n\t\topen = a <= t && t <= b\n\t}\n"
            '\tif open || a == b {\n\t\tfmt.Println("open")\n\t} else {\n\t\tfmt.Println("closed")\n\t}\n}\n'
        ),
        "javascript": (
            'const [a, b, t] = require("fs").readFileSync(0, "utf8").split(" ").map(Number);\n'
            "const open = a === b || (a < b ? a <= t && t <= b : t >= a || t <= b);\n"
            'console.log(open ? "open" : "closed");\n'
        ),
    },
    "sum-of-pairs": {
        "cpp": (
            "#include <bits/stdc++.h>\nusing namespace std;\nint main() {\n  long long n, s, found = 0;\n  cin >> n >> s;\n"
            "  vector<long long> w(n);\n  for (auto& x : w) cin >> x;\n"
            "  for (int i = 0; i < n; i++)\n    for (int j = 0; j < i; j++) found += w[i] + w[j] == s;\n"
            '  cout << found << "\\n";\n}\n'
        ),
        "c": (
            "#include <stdio.h>\nlong long w[1000];\nint main(void) {\n  int n;\n  long long s, found = 0;\n"
            '  scanf("%d %lld", &n, &s);\n  for (int i = 0; i < n; i++) scanf("%lld", &w[i]);\n'
            "  for (int i = 0; i < n; i++)\n    for (int j = 0; j < i; j++) found += w[i] + w[j] == s;\n"
            '  printf("%lld\\n", found);\n  return 0;\n}\n'
        ),
        "java": (
            "import java.util.*;\n\nclass Main {\n  public static void main(String[] args) {\n"
            "    Scanner in = new Scanner(System.in);\n    int n = in.nextInt();\n    long s = in.nextLong(), found = 0;\n"
            "    long[] w = new long[n];\n    for (int i = 0; i < n; i++) w[i] = in.nextLong();\n"
            "    for (int i = 0; i < n; i++)\n      for (int j = 0; j < i; j++) if (w[i] + w[j] == s) found++;\n"
            "    System.out.println(found);\n  }\n}\n"
        ),
        "rust": (
            "use std::io::*;\n\nfn main() {\n    let mut text = String::new();\n"
            "    stdin().read_to_string(&mut text).unwrap();\n"
            "    let v: Vec<i64> = text.split_whitespace().map(|x| x.parse().unwrap()).collect();\n"
            "    let (s, w) = (v[1], &v[2..]);\n    let mut found = 0;\n"
            "    for i in 0..w.len() {\n        for j in 0..i {\n            if w[i] + w[j] == s {\n                found += 1;\n"
            '            }\n        }\n    }\n    println!("{}", found);\n}\n'
        ),
        "go": (
            'package main\n\nimport (\n\t"bufio"\n\t"fmt"\n\t"os"\n)\n\nfunc main() {\n\tin := bufio.NewReader(os.Stdin)\n'
            "\tvar n, s, found int\n\tfmt.Fscan(in, &n, &s)\n\tw := make([]int, n)\n\tfor i := range w {\n"
            "\t\tfmt.Fscan(in, &w[i])\n\t}\n\tfor i := 0; i < n; i++ {\n\t\tfor j := 0; j < i; j++ {\n"
            "\t\t\tif w[i]+w[j] == s {\n\t\t\t\tfound++\n\t\t\t}\n\t\t}\n\t}\n\tfmt.Println(found)\n}\n"
        ),
        "javascript": (
            'const [n, s, ...w] = require("fs").readFileSync(0, "utf8").split(/\\s+/).map(Number);\nlet found = 0;\n'
            "for (let i = 0; i < n; i++)\n  for (let j = 0; j < i; j++) if (w[i] + w[j] === s) found++;\n"
            "console.log(found);\n"
        ),
    },
    "lanterns": {
        "cpp": (
            "#include <bits/stdc++.h>\nusing namespace std;\nint main() {\n  long long n, x, lit, dark = -1e18;\n"
            "  cin >> n >> lit;\n  while (cin >> x) {\n    long long best = max(lit, dark);\n"
            "    lit = max(x, x + dark);\n    dark = best;\n  }\n  cout << max(lit, dark);\n}\n"
        ),
        "c": (
            "#include <stdio.h>\n#define MAX(a, b) ((a) > (b) ? (a) : (b))\nint main(void) {\n"
            "  long long n, x, lit, dark = -1000000000000000000LL;\n"
            '  scanf("%lld %lld", &n, &lit);\n  while (scanf("%lld", &x) == 1) {\n    long long best = MAX(lit, dark);\n'
            '    lit = MAX(x, x + dark);\n    dark = best;\n  }\n  printf("%lld", MAX(lit, dark));\n  return 0;\n}\n'
        ),
        "java": (
            "package contest;\n\nimport java.io.*;\n\npublic class Main {\n"
            "  public static void main(String[] args) throws IOException {\n"
            "    StreamTokenizer in = new StreamTokenizer(new BufferedReader(new InputStreamReader(System.in)));\n"
            "    in.nextToken();\n    in.nextToken();\n    long lit = (long) in.nval, dark = -1000000000000000000L;\n"
            "    while (in.nextToken() != StreamTokenizer.TT_EOF) {\n      long x = (long) in.nval, best = Math.max(lit, dark);\n"
            "      lit = Math.max(x, x + dark);\n      dark = best;\n    }\n"
            "    System.out.println(Math.max(lit, dark));\n  }\n}\n"
        ),
        "rust": (
            "use std::io::*;\n\nfn main() {\n    let mut text = String::new();\n"
            "    stdin().read_to_string(&mut text).unwrap();\n"
            "    let v: Vec<i64> = text.split_whitespace().map(|x| x.parse().unwrap()).collect();\n"
            "    let (mut lit, mut dark) = (v[1], -1000000000000000000);\n    for x in &v[2..] {\n"
            "        let best = lit.max(dark);\n        lit = *x.max(&(x + dark));\n        dark = best;\n    }\n"
            '    println!("{}", lit.max(dark));\n}\n'
        ),
        "go": (
            'package main\n\nimport (\n\t"bufio"\n\t"fmt"\n\t"os"\n)\n\nfunc most(a, b int) int {\n\tif a > b {\n\t\treturn a\n\t}\n'
            "\treturn b\n}\n\nfunc main() {\n\tin := bufio.NewReader(os.Stdin)\n\tvar n, x, lit int\n"
            "\tdark := -1000000000000000000\n\tfmt.Fscan(in, &n, &lit)\n\tfor i := 1; i < n; i++ {\n\t\tfmt.Fscan(in, &x)\n"
            "\t\tlit, dark = most(x, x+dark), most(lit, dark)\n\t}\n\tfmt.Println(most(lit, dark))\n}\n"
        ),
        "javascript": (
            'const [n, ...v] = require("fs").readFileSync(0, "utf8").trim().split(/\\s+/).map(Number);\n'
            "let lit = v[0], dark = -1e18;\n"
            "for (const x of v.slice(1)) [lit, dark] = [Math.max(x, x + dark), Math.max(lit, dark)];\n"
            "console.log(Math.max(lit, dark));\n"
        ),
    },
    "common-word": {
        "cpp": """\
#include <bits/stdc++.h>
using namespace std;
int main() {
  map<string, int> count;
  string word, best;
  int most = 0;
  while (cin >> word) count[word]++;
  for (auto& [w, n] : count)
    if (n > most) most = n, best = w;
  cout << best << endl;
}
""",
        "c": """\
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
char text[1 << 23], *words[200001];
int by_letters(const void* a, const void* b) { return strcmp(*(char**)a, *(char**)b); }
int main(void) {
  int count = 0, n = 0, most = 0, best = 0;
  text[fread(text, 1, sizeof text - 1, stdin)] = 0;
  for (char* w = strtok(text, " \\r\\n"); w; w = strtok(NULL, " \\r\\n")) words[count++] = w;
  qsort(words, count, sizeof *words, by_letters);
  for (int i = 0; i < count; i++) {
    n = i && !strcmp(words[i], words[i - 1]) ? n + 1 : 1;
    if (n > most) most = n, best = i;
  }
  puts(words[best]);
}
""",
        "java": """\
import java.util.*;

public class Main {
  public static void main(String[] args) throws Exception {
    Map<String, Integer> count = new TreeMap<>();
    for (String w : new String(System.in.readAllBytes()).trim().split("\\\\s+")) count.merge(w, 1, Integer::sum);
    int most = 0;
    String best = "";
    for (String w : count.keySet()) {
      int n = count.get(w);
      if (n > most) { most = n; best = w; }
    }
    System.out.println(best);
  }
}
""",
        "rust": """\
use std::collections::BTreeMap;
use std::io::*;

fn main() {
    let mut text = String::new();
    stdin().read_to_string(&mut text).unwrap();
    let mut count = BTreeMap::new();
    for w in text.split_whitespace() {
        *count.entry(w).or_insert(0) += 1;
    }
    let (mut most, mut best) = (0, "");
    for (w, n) in count {
        if n > most {
            most = n;
            best = w;
        }
    }
    println!("{}", best);
}
""",
        "go": """\
package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Split(bufio.ScanWords)
	count, best := map[string]int{}, ""
	for in.Scan() {
		count[in.Text()]++
	}
	for w, n := range count {
		if n > count[best] || n == count[best] && w < best {
			best = w
		}
	}
	fmt.Println(best)
}
""",
        "javascript": """\
const count = new Map();
for (const w of require("fs").readFileSync(0, "utf8").trim().split(/\\s+/).sort()) count.set(w, (count.get(w) || 0) + 1);
let most = 0, best = "";
for (const [w, n] of count) if (n > most) [most, best] = [n, w];
console.log(best);
""",
    },
    "village-vote": {
        "cpp": """\
#include <bits/stdc++.h>
using namespace std;
int main() {
  map<string, int> votes;
  string name, best;
  int most = 0;
  for (cin >> name; cin >> name;) votes[name]++;
  for (auto& [w, n] : votes)
    if (n > most) most = n, best = w;
  cout << best << " " << most << endl;
}
""",
        "c": """\
#include <stdio.h>
#include <string.h>
char names[1000][1000];
int main(void) {
  int count, most = 0, best = 0;
  scanf("%d", &count);
  for (int i = 0; i < count; i++) scanf("%999s", names[i]);
  for (int i = 0; i < count; i++) {
    int n = 0;
    for (int j = 0; j < count; j++) n += !strcmp(names[i], names[j]);
    if (n > most || (n == most && strcmp(names[i], names[best]) < 0)) most = n, best = i;
  }
  printf("%s %d\\n", names[best], most);
}
""",
        "java": """\
import java.util.*;

public class Main {
  public static void main(String[] args) {
    Scanner in = new Scanner(System.in);
    Map<String, Integer> votes = new TreeMap<>();
    for (int left = in.nextInt(); left > 0; left--) votes.merge(in.next(), 1, Integer::sum);
    int most = 0;
    String best = "";
    for (String name : votes.keySet()) {
      int n = votes.get(name);
      if (n > most) { most = n; best = name; }
    }
    System.out.println(best + " " + most);
  }
}
""",
        "rust": """\
use std::io::*;

fn main() {
    let mut text = String::new();
    stdin().read_to_string(&mut text).unwrap();
    let mut names: Vec<&str> = text.split_whitespace().skip(1).collect();
    names.sort();
    let (mut most, mut best) = (0, "");
    for name in &names {
        let n = names.iter().filter(|other| *other == name).count();
        if n > most {
            most = n;
            best = name;
        }
    }
    println!("{} {}", best, most);
}
""",
        "go": """\
package main

import (
	"bufio"
	"fmt"
	"os"
	"sort"
)

func main() {
	in := bufio.NewReader(os.Stdin)
	var voters, n, most int
	fmt.Fscan(in, &voters)
	names, best := make([]string, voters), ""
	for i := range names {
		fmt.Fscan(in, &names[i])
	}
	sort.Strings(names)
	for i, name := range names {
		n++
		if i > 0 && names[i-1] != name {
			n = 1
		}
		if n > most {
			most, best = n, name
		}
	}
	fmt.Println(best, most)
}
""",
        "javascript": """\
const [, ...names] = require("fs").readFileSync(0, "utf8").trim().split(/\\s+/);
const votes = {};
for (const name of names.sort()) votes["_" + name] = (votes["_" + name] || 0) + 1;
let most = 0, best = "";
for (const [name, n] of Object.entries(votes)) if (n > most) [most, best] = [n, name.slice(1)];
console.log(best, most);
""",
    },
    "rumour": {
        "cpp": """\
#include <cstdio>
int up[100001];
int top(int x) {
  while (up[x] != x) x = up[x] = up[up[x]];
  return x;
}
int main() {
  int n, m, a, b, told = 0;
  scanf("%d %d", &n, &m);
  for (int i = 1; i <= n; i++) up[i] = i;
  while (scanf("%d %d", &a, &b) == 2) up[top(a)] = top(b);
  for (int i = 1; i <= n; i++) told += top(i) == top(1);
  printf("%d", told);
}
""",
        "c": """\
#include <stdio.h>
int friends[400001], next[400001], first[100001], told[100001], knows[100001];
int main(void) {
  int n, m, a, b, links = 0, count = 1;
  scanf("%d %d", &n, &m);
  while (scanf("%d %d", &a, &b) == 2) {
    friends[++links] = b, next[links] = first[a], first[a] = links;
    friends[++links] = a, next[links] = first[b], first[b] = links;
  }
  told[0] = knows[1] = 1;
  for (int i = 0; i < count; i++)
    for (int link = first[told[i]]; link; link = next[link])
      if (!knows[friends[link]]) knows[told[count++] = friends[link]] = 1;
  printf("%d\\n", count);
}
""",
        "java": """\
import java.io.*;
import java.util.*;

public class Main {
  static int next(StreamTokenizer in) throws IOException {
    in.nextToken();
    return (int) in.nval;
  }

  public static void main(String[] args) throws IOException {
    StreamTokenizer in = new StreamTokenizer(new BufferedInputStream(System.in));
    int n = next(in), m = next(in);
    List<List<Integer>> friends = new ArrayList<>();
    for (int i = 0; i <= n; i++) friends.add(new ArrayList<>());
    for (int i = 0; i < m; i++) {
      int a = next(in), b = next(in);
      friends.get(a).add(b);
      friends.get(b).add(a);
    }
    Set<Integer> knows = new HashSet<>(Set.of(1));
    Deque<Integer> told = new ArrayDeque<>(knows);
    while (!told.isEmpty())
      for (int friend : friends.get(told.pop())) if (knows.add(friend)) told.push(friend);
    System.out.println(knows.size());
  }
}
""",
        "rust": """\
use std::io::*;

fn main() {
    let mut text = String::new();
    stdin().read_to_string(&mut text).unwrap();
    let v: Vec<usize> = text.split_whitespace().map(|x| x.parse().unwrap()).collect();
    let mut friends = vec![vec![]; v[0] + 1];
    for pair in v[2..].chunks(2) {
        friends[pair[0]].push(pair[1]);
        friends[pair[1]].push(pair[0]);
    }
    let (mut knows, mut told, mut count) = (vec![false; v[0] + 1], vec![1], 0);
    while let Some(person) = told.pop() {
        if !knows[person] {
            knows[person] = true;
            count += 1;
            told.append(&mut friends[person]);
        }
    }
    println!("{}", count);
}
""",
        "go": """\
package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	in := bufio.NewReader(os.Stdin)
	var n, m, a, b, told int
	fmt.Fscan(in, &n, &m)
	up := make([]int, n+1)
	for i := range up {
		up[i] = i
	}
	top := func(x int) int {
		for up[x] != x {
			up[x] = up[up[x]]
			x = up[x]
		}
		return x
	}
	for ; m > 0; m-- {
		fmt.Fscan(in, &a, &b)
		up[top(a)] = top(b)
	}
	for i := 1; i <= n; i++ {
		if top(i) == top(1) {
			told++
		}
	}
	fmt.Println(told)
}
""",
        "javascript": """\
const [n, m, ...v] = require("fs").readFileSync(0, "utf8").split(/\\s+/).map(Number);
const friends = Array.from({ length: n + 1 }, () => []);
for (let i = 0; i < 2 * m; i += 2) {
  friends[v[i]].push(v[i + 1]);
  friends[v[i + 1]].push(v[i]);
}
const knows = new Set([1]);
for (const person of knows) for (const friend of friends[person]) knows.add(friend);
console.log(knows.size);
""",
    },
    "stairs": {
        "cpp": """\
#include <iostream>
#include <set>
int main() {
  int n, k, step, before = 0, here = 1;
  std::set<int> broken;
  std::cin >> n >> k;
  while (std::cin >> step) broken.insert(step);
  for (int s = 1; s <= n; s++) {
    int next = broken.count(s) ? 0 : (before + here) % 1000000007;
    before = here, here = next;
  }
  std::cout << here << "\\n";
}
""",
        "c": """\
#include <stdio.h>
char broken[100001];
int main(void) {
  int n, k, step, before = 0, here = 1;
  scanf("%d %d", &n, &k);
  while (scanf("%d", &step) == 1) broken[step] = 1;
  for (int s = 1; s <= n; s++) {
    int next = broken[s] ? 0 : (before + here) % 1000000007;
    before = here, here = next;
  }
  printf("%d\\n", here);
}
""",
        "java": """\
import java.util.*;

public class Main {
  public static void main(String[] args) {
    Scanner in = new Scanner(System.in);
    int n = in.nextInt(), k = in.nextInt(), before = 0, here = 1;
    BitSet broken = new BitSet();
    while (in.hasNextInt()) broken.set(in.nextInt());
    for (int s = 1; s <= n; s++) {
      int next = broken.get(s) ? 0 : (before + here) % 1000000007;
      before = here;
      here = next;
    }
    System.out.println(here);
  }
}
""",
        "rust": """\
use std::collections::HashSet;
use std::io::*;

fn main() {
    let mut text = String::new();
    stdin().read_to_string(&mut text).unwrap();
    let v: Vec<u32> = text.split_whitespace().map(|x| x.parse().unwrap()).collect();
    let (n, broken) = (v[0], v[2..].iter().collect::<HashSet<_>>());
    let (mut before, mut here) = (0, 1);
    for s in 1..=n {
        let next = if broken.contains(&s) { 0 } else { (before + here) % 1000000007 };
        before = here;
        here = next;
    }
    println!("{}", here);
}
""",
        "go": """\
package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	in := bufio.NewReader(os.Stdin)
	var n, k, step int
	fmt.Fscan(in, &n, &k)
	broken, before, here := map[int]bool{}, 0, 1
	for ; k > 0; k-- {
		fmt.Fscan(in, &step)
		broken[step] = true
	}
	for s := 1; s <= n; s++ {
		before, here = here, (before+here)%1000000007
		if broken[s] {
			here = 0
		}
	}
	fmt.Println(here)
}
""",
        "javascript": """\
const [n, k, ...steps] = require("fs").readFileSync(0, "utf8").trim().split(/\\s+/).map(Number);
const broken = new Set(steps);
let [before, here] = [0, 1];
for (let s = 1; s <= n; s++) [before, here] = [here, broken.has(s) ? 0 : (before + here) % 1000000007];
console.log(here);
""",
    },
    "shared-ranks": {
        "cpp": """\
vector<int> shared_ranks(vector<int> points) {
  auto order = points;
  sort(order.rbegin(), order.rend());
  for (int& p : points) p = find(order.begin(), order.end(), p) - order.begin() + 1;
  return points;
}
""",
        "javascript": """\
function shared_ranks(points) {
  const order = [...points].sort((a, b) => b - a);
  return points.map((p) => order.indexOf(p) + 1);
}
""",
    },
    "merge-bookings": {
        "cpp": """\
class Solution {
public:
  vector<vector<int>> mergeBookings(vector<vector<int>>& bookings) {
    vector<vector<int>> joined;
    sort(bookings.begin(), bookings.end());
    for (auto& b : bookings)
      if (!joined.empty() && b[0] <= joined.back()[1]) joined.back()[1] = max(joined.back()[1], b[1]);
      else joined.push_back(b);
    return joined;
  }
};
""",
        "javascript": """\
var mergeBookings = function(bookings) {
  const joined = [];
  for (const b of bookings.sort((a, b) => a[0] - b[0])) {
    const last = joined[joined.length - 1];
    if (!last || last[1] < b[0]) joined.push(b);
    else if (last[1] < b[1]) last[1] = b[1];
  }
  return joined;
};
""",
    },
    "lower-median": {
        "cpp": """\
optional<long long> lower_median(vector<long long> numbers) {
  if (numbers.empty()) return nullopt;
  sort(numbers.begin(), numbers.end());
  return numbers[(numbers.size() - 1) / 2];
}
""",
        "javascript": """\
var lower_median = function(numbers) {
  if (!numbers.length) return null;
  return [...numbers].sort((a, b) => a - b)[(numbers.length - 1) >> 1];
};
""",
    },
}
"""A right program for each example in each language that it can be solved in, but for Python: that is the example's own."""
WRONG_IN_PYTHON = {
    "opening-hours": "never_closes",
    "sum-of-pairs": "with_itself",
    "lanterns": "none_lit",
    "common-word": "first",
    "village-vote": "first_seen",
    "rumour": "one_way",
    "stairs": "no_line",
    "shared-ranks": "dense",
    "merge-bookings": "inside",
    "lower-median": "upper",
}
"""Which of the example's own wrong programs is the other sample."""
LAST_IN_ALPHABET = ("> most", ">= most")
MISTAKES = {
    "opening-hours": dict.fromkeys(LANGUAGES, ("t <= b", "t < b")),
    "sum-of-pairs": dict.fromkeys(LANGUAGES, ("j < i", "j <= i")) | {"rust": ("0..i ", "0..=i ")},
    "lanterns": {
        "cpp": ("cout << max(lit, dark)", "cout << lit"),
        "c": ('("%lld", MAX(lit, dark))', '("%lld", lit)'),
        "java": ("println(Math.max(lit, dark))", "println(lit)"),
        "rust": ('("{}", lit.max(dark))', '("{}", lit)'),
        "go": ("Println(most(lit, dark))", "Println(lit)"),
        "javascript": ("log(Math.max(lit, dark))", "log(lit)"),
    },
    "common-word": dict.fromkeys(("cpp", "c", "rust"), LAST_IN_ALPHABET) | {"go": ("w < best", "w > best")},
    "village-vote": dict.fromkeys(("cpp", "c", "rust", "go"), LAST_IN_ALPHABET),
    "rumour": {
        "cpp": ("up[top(a)]", "up[a]"),
        "c": ("friends[++links] = a, next[links] = first[b], first[b] = links;", ""),
        "rust": ("friends[pair[1]].push(pair[0]);", ""),
        "go": ("up[top(a)]", "up[a]"),
    },
    "stairs": {
        "cpp": ("broken.count(s) ?", "s < n && broken.count(s) ?"),
        "c": ("broken[s] ?", "s < n && broken[s] ?"),
        "rust": ("if broken", "if s < n && broken"),
        "go": ("if broken", "if s < n && broken"),
    },
    "shared-ranks": {
        "cpp": ("rend());", "rend());\n  order.erase(unique(order.begin(), order.end()), order.end());"),
        "javascript": ("[...points]", "[...new Set(points)]"),
    },
    "merge-bookings": {"cpp": ("b[0] <= ", "b[0] < ")},
    "lower-median": {
        "cpp": ("(numbers.size() - 1) / 2", "numbers.size() / 2"),
        "javascript": ("(numbers.length - 1) >> 1", "numbers.length >> 1"),
    },
}
"""What makes a wrong program of the right one: the examples of the statement do not show it.

Java and JavaScript have one in a few examples only: to tell two programs apart starts JVM or Node some hundred times.
"""


def right_program(example: str, language: str) -> str:
    """A program that passes all hidden tests."""
    return (
        (EXAMPLES / example / "reference.py").read_text()
        if language == "python"
        else PROGRAMS[example][language]
    )


def wrong_program(example: str, language: str) -> str | None:
    """One that passes the examples of the statement and is wrong elsewhere; None: there is none in this language."""
    if language == "python":
        return (EXAMPLES / example / f"wrong_{WRONG_IN_PYTHON[example]}.py").read_text()
    if language not in MISTAKES[example]:
        return None
    before, after = MISTAKES[example][language]
    code = PROGRAMS[example][language]
    assert before in code
    return code.replace(before, after)
