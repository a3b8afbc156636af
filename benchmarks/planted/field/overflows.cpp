#include <cstdlib>
#include <iostream>
#include <vector>
int main() {
    int n;
    std::cin >> n;
    std::vector<int> x(n), y(n);
    for (int i = 0; i < n; i++) std::cin >> x[i] >> y[i];
    unsigned sum = 0;
    for (int i = 0; i < n; i++) sum += unsigned(x[i]) * unsigned(y[(i + 1) % n]) - unsigned(y[i]) * unsigned(x[(i + 1) % n]);
    std::cout << std::abs(int(sum)) << std::endl;
}
