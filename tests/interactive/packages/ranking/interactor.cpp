// Interactor in testlib's convention: input, output. What the program answers at last goes into the output, for the checker.
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

[[noreturn]] static void refuse(const std::string &why, int code = 1) {
    std::cerr << why << std::endl;
    std::exit(code);
}

int main(int, char **words) {
    int n;
    std::ifstream input(words[1]);
    if (!(input >> n) || n < 1) refuse("the input is none", 3);
    std::vector<int> strength(n);
    for (int &each : strength) input >> each;
    std::cout << n << std::endl;
    std::string kind;
    for (int asked = 0; std::cin >> kind && kind == "?"; asked++) {
        int i, j;
        if (!(std::cin >> i >> j) || i < 1 || j < 1 || i > n || j > n || i == j) refuse("a bad question", 2);
        if (asked == 28) refuse("more than 28 questions");
        std::cout << (strength[i - 1] < strength[j - 1] ? "<" : ">") << std::endl;
    }
    if (kind != "!") refuse("neither a question nor an answer", 2);
    std::ofstream output(words[2]);
    for (std::string player; std::cin >> player;) output << player << " ";
}
